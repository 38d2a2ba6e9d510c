import { Readable } from 'node:stream'
import { instances } from '@bitewing/db/schema'
import type { Archive } from '../archive/archive.ts'
import type { ByteSource } from '../dicom/byte-source.ts'
import type { ByteRange, ObjectStore } from '../object-store/object-store.ts'
import { discard } from '../web-stream.ts'
import { originalName } from './original-name.ts'

/** Where an instance's bytes are; columns of its row. */
export type OriginalPlace = {
  instanceId: string
  orthancId: string
  heldByArchive: boolean
  originalState: 'pending' | 'secured'
  fileBytes: number
  fileMd5: string /* hex */
}

/** Those columns, to be selected. */
export const originalPlace = {
  instanceId: instances.id,
  orthancId: instances.orthancId,
  heldByArchive: instances.heldByArchive,
  originalState: instances.originalState,
  fileBytes: instances.fileBytes,
  fileMd5: instances.fileMd5,
}

type Ports = { archive: Archive; objectStore: ObjectStore }

/** Ranges above this share of a file come as a whole file from the archive where the object store is far away. */
const wholeFileShare = 0.5

/** Longest stretch that is read as a whole before any of it is passed on, in bytes. */
const inOneReadBytesMax = 2 * 1024 * 1024

/**
 * The bytes of an original, whole or a range, as received. They come from the archive where it holds exactly these
 * bytes, and from the object store where it does not, where it is away or has lost them, where only a small range
 * of a large file is wanted (the archive gives whole files only), and where the object store is a folder of this
 * machine, which spares the way through another server.
 *
 * @returns null when neither has it
 */
export async function readOriginal(
  { archive, objectStore }: Ports,
  tenantId: string,
  place: OriginalPlace,
  range?: ByteRange,
): Promise<{ bytes: number; stream: Readable } | null> {
  const wanted = range ? range.end - range.start + 1 : place.fileBytes
  const archiveFirst = !objectStore.near && wanted >= place.fileBytes * wholeFileShare
  const object = { tenantId, name: originalName(place.instanceId) }
  const fromArchive = async () => {
    // What the index says of the archive may be over: where its disk was lost, another practice may have sent the
    // same identifiers since. Its size would not tell.
    if ((await archive.md5(place.orthancId)) !== place.fileMd5) return null
    const file = await archive.read(place.orthancId)
    return file && range ? slice(file.stream, range) : file
  }
  const fromStore = async () => {
    if (!objectStore.near || wanted > inOneReadBytesMax) return objectStore.get(object, range)
    // of a file of this machine one read, and one piece to pass on
    const bytes = await objectStore.getBytes(
      object,
      range ?? { start: 0, end: Math.max(0, place.fileBytes - 1) },
    )
    return bytes && { bytes: bytes.length, stream: Readable.from([bytes], { objectMode: false }) }
  }

  if (place.originalState === 'pending') return fromArchive()
  if (!place.heldByArchive) return fromStore()
  const [first, second] = archiveFirst ? [fromArchive, fromStore] : [fromStore, fromArchive]
  try {
    const found = await first()
    if (found) return found
  } catch (error) {
    // one being away or damaged is no reason to withhold what the other has
    const other = await second().catch(() => null)
    if (other) return other
    throw error
  }
  return second()
}

/** Random access to an original, for the DICOM functions that want to look here and there. */
export function originalSource(ports: Ports, tenantId: string, place: OriginalPlace): ByteSource {
  return {
    bytes: place.fileBytes,
    async read(start, end) {
      const last = Math.min(end, place.fileBytes) - 1
      if (last < start) return new Uint8Array(0)
      const part = await readOriginal(ports, tenantId, place, { start, end: last })
      if (!part) throw new Error('an original is in neither of its places')
      const chunks: Uint8Array[] = []
      for await (const chunk of part.stream as AsyncIterable<Uint8Array>) chunks.push(chunk)
      return Buffer.concat(chunks)
    },
  }
}

/** The part of a stream between two positions; the rest is not read to its end. */
function slice(stream: Readable, { start, end }: ByteRange): { bytes: number; stream: Readable } {
  async function* part(): AsyncGenerator<Uint8Array> {
    let position = 0
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      const from = Math.max(0, start - position)
      const to = Math.min(chunk.byteLength, end + 1 - position)
      if (to > from) yield chunk.subarray(from, to)
      position += chunk.byteLength
      if (position > end) return
    }
  }
  const sliced = Readable.from(part(), { objectMode: false })
  // a generator that was never started does not close what it would have read
  sliced.once('close', () => discard(stream))
  return { bytes: end - start + 1, stream: sliced }
}
