/** Memory of bytes that were made for one reader. */
const owned = new WeakSet<ArrayBufferLike>()

/**
 * Says that these bytes have their memory to themselves and go to one reader, who may give it back.
 *
 * @param bytes all of their memory, not a part of a larger buffer
 */
export function ownMemory(bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  if (bytes.byteLength === bytes.buffer.byteLength) owned.add(bytes.buffer)
  return bytes
}

/**
 * Frees at once what the collector would find some time later: to wait for that costs more than to decrypt. The bytes
 * are empty afterwards, for whoever else holds them; they must not be under way to a file or socket any more. Does
 * nothing where the memory is not known to be the reader's own.
 *
 * @param bytes what `ObjectStore` gave, or a part of it; all of that is freed
 */
export function giveBackMemory({ buffer }: Uint8Array): void {
  if (owned.delete(buffer) && buffer instanceof ArrayBuffer) buffer.transfer(0)
}
