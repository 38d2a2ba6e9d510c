import { Readable } from 'node:stream'

/**
 * A stream as the body of an answer, read as fast as the client reads. When the client goes away, or before it has
 * asked for anything, the source is closed.
 *
 * Not `Readable.toWeb`: once cancelled, that throws into the event loop at the next chunk of a source that has more
 * under way (as undici's bodies do), which ends the process.
 *
 * @param onClose called once, however it ends: what a generator that was never started would not close
 */
export function webStream(
  source: AsyncIterable<Uint8Array>,
  onClose: () => void = () => {},
): ReadableStream<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const next = await chunks.next()
          if (next.done !== true) return controller.enqueue(next.value)
          controller.close()
        } catch (error) {
          controller.error(error)
        }
        onClose()
      },
      async cancel() {
        if (source instanceof Readable) discard(source)
        else await chunks.return?.()
        onClose()
      },
    },
    { highWaterMark: 0 },
  )
}

/** Closes a stream that nobody will read; that it was cut short is no error then. */
export function discard(stream: Readable): void {
  stream.on('error', () => {})
  stream.destroy()
}
