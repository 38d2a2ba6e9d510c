/** How long a bucket that was seen counts as there. */
const seenMsMax = 30_000

/**
 * A question whether a bucket is there, asked where an answer does not tell a missing object from a missing bucket:
 * a bucket that is gone must never look like an empty one.
 *
 * @param look throws when the bucket is not there
 */
export function createAssertThere(look: () => Promise<void>): () => Promise<void> {
  let seenAt = -Infinity
  return async () => {
    if (performance.now() - seenAt < seenMsMax) return
    await look()
    seenAt = performance.now()
  }
}
