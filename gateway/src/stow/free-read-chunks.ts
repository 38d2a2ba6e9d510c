import { giveBackMemory } from '../own-memory.ts'

/**
 * The same chunks; the memory of each is freed when the one after the next is asked for, where it is known to be the
 * reader's own (`requestBody`). The collector would find it, too, but counts it against a limit: half a gigabyte
 * received by the second made it go through the whole heap for every twenty instances.
 *
 * For a reader who keeps nothing of a chunk, copies aside, but what he may put together with the next: `parseMultipart`
 * holds the start of a delimiter, and `receiveFile` copies.
 */
export async function* freeReadChunks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let earlier: Uint8Array | null = null
  for await (const chunk of chunks) {
    yield chunk
    if (earlier) giveBackMemory(earlier)
    earlier = chunk
  }
}
