import type { ByteRange } from '../object-store/object-store.ts'
import { originalName } from './original-name.ts'
import { readOriginal, type OriginalPlace } from './read-original.ts'

/**
 * A range of an original in memory, as received; the caller bounds it.
 *
 * @returns null when the original is nowhere
 */
export async function readOriginalBytes(
  ports: Parameters<typeof readOriginal>[0],
  tenantId: string,
  place: OriginalPlace,
  range: ByteRange,
): Promise<Buffer | null> {
  const { objectStore } = ports
  if (objectStore.near && place.originalState === 'secured') {
    const object = { tenantId, name: originalName(place.instanceId) }
    const bytes = await objectStore.getBytes(object, range).catch(() => null)
    if (bytes?.length === range.end - range.start + 1) return bytes
    // absent, damaged or away: the long way tries both places, and says what is wrong
  }
  const chunks: Buffer[] = []
  let at = range.start
  const readOn = async () => {
    const part = await readOriginal(ports, tenantId, place, { start: at, end: range.end })
    for await (const chunk of (part?.stream ?? []) as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      at += chunk.length
    }
    return part !== null
  }
  try {
    if (!(await readOn())) return null
  } catch (error) {
    if (at === range.start) throw error
    await readOn() // what broke off comes from whichever place has the rest
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
}

/** Longest original that is read as a whole before any of it is passed on, in bytes. */
const smallBytesMax = 2 * 1024 * 1024

/**
 * A small original whole, where it lies on this machine: one read, without a stream or a copy.
 *
 * @returns its pieces; null where that is not so, or it cannot be read so: `readOriginal` tries all places, and says
 *   what is wrong
 */
export async function readSmallOriginal(
  { objectStore }: Pick<Parameters<typeof readOriginal>[0], 'objectStore'>,
  tenantId: string,
  { instanceId, originalState, fileBytes }: OriginalPlace,
): Promise<Buffer[] | null> {
  if (!objectStore.near || originalState !== 'secured') return null
  if (fileBytes === 0 || fileBytes > smallBytesMax) return null
  const object = { tenantId, name: originalName(instanceId) }
  const pieces = await objectStore.getPieces(object, { start: 0, end: fileBytes - 1 }).catch(() => null)
  const bytes = pieces?.reduce((sum, piece) => sum + piece.length, 0)
  return bytes === fileBytes ? pieces : null
}
