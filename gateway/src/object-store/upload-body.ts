type Ways<T> = {
  /** a body of up to `wholeBytesMax` bytes */
  whole(body: Buffer): Promise<T>
  /** a longer one; it has to be read to its end or closed */
  inParts(body: AsyncGenerator<Uint8Array>): Promise<T>
}

/**
 * Uploads a body in one piece where it is short, and else in parts.
 *
 * Errors of the body come out as they are, whatever the upload makes of them.
 */
export async function uploadBody<T>(
  body: AsyncIterable<Uint8Array>,
  wholeBytesMax: number,
  { whole, inParts }: Ways<T>,
): Promise<T> {
  let bodyError: { error: unknown } | undefined
  const watched = watch(body, (error) => (bodyError = { error }))
  try {
    const { begun, rest } = await begin(watched, wholeBytesMax)
    return await (rest === null ? whole(Buffer.concat(begun)) : inParts(joined(begun, rest)))
  } catch (error) {
    throw bodyError === undefined ? error : bodyError.error
  }
}

/** The body in blocks of one size; only the last is shorter. */
export async function* inBlocks(body: AsyncIterable<Uint8Array>, blockBytes: number): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafeSlow(blockBytes)
  let filled = 0
  for await (const bytes of body) {
    for (let at = 0; at < bytes.length;) {
      const take = Math.min(blockBytes - filled, bytes.length - at)
      block.set(bytes.subarray(at, at + take), filled)
      filled += take
      at += take
      if (filled < blockBytes) continue
      yield block
      block = Buffer.allocUnsafeSlow(blockBytes) // the one before may still be on its way
      filled = 0
    }
  }
  if (filled > 0) yield block.subarray(0, filled)
}

/** Tells errors that the body throws from errors that are thrown into it. */
async function* watch(
  body: AsyncIterable<Uint8Array>,
  onError: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await iterator.next().catch((error: unknown) => {
        onError(error)
        throw error
      })
      if (next.done) return
      yield next.value
    }
  } finally {
    await iterator.return?.()
  }
}

/** Gathers up to `bytesMax`; `rest` is null when the body ended within them. */
async function begin(
  body: AsyncGenerator<Uint8Array>,
  bytesMax: number,
): Promise<{ begun: Uint8Array[]; rest: AsyncGenerator<Uint8Array> | null }> {
  const begun: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const next = await body.next()
    if (next.done) return { begun, rest: null }
    begun.push(next.value)
    bytes += next.value.length
    if (bytes > bytesMax) return { begun, rest: body }
  }
}

async function* joined(begun: Uint8Array[], rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (let piece = begun.shift(); piece; piece = begun.shift()) yield piece // let go of each as it is sent
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}
