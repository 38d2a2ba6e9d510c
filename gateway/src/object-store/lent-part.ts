import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { ObjectCorrupt } from './object-errors.ts'
import type { ByteRange, ObjectName } from './object-store.ts'
import { giveBackMemory, ownMemory } from '../own-memory.ts'
import { chunkBytes, headerBytes, objectCipher, sealedChunkBytes } from './sealed-format.ts'

/** A range of one sealed file, with the key of that object alone: for a process that may know its bytes and no others. */
export type LentPart = ObjectName &
  ByteRange & {
    /** absolute path */
    file: string
    /** of the file */
    storedBytes: number
    header: Uint8Array
    /** 32 bytes */
    key: Uint8Array
  }

/** Chunks that are read at once. */
const chunksAtOnce = 4
/** One after the other: a process reads for one job at a time, and at once. */
const sealed = { memory: null as Buffer | null }

/**
 * Reads and opens a part. Without promises: for a process that has nothing else to do, and is ended by another where its
 * disk does not answer.
 *
 * @param into as many bytes as the part has; where it throws, some of them may be filled
 * @throws {ObjectCorrupt} where the file is not the one that was lent, or is damaged
 */
export function readLent(part: LentPart, into: Buffer): void {
  const { file, storedBytes, start, end } = part
  if (into.length !== end - start + 1) throw new RangeError('memory of another length than the part')
  const header = Buffer.from(part.header)
  const cipher = objectCipher(part.key, header, part)
  const lastChunk = Math.ceil((storedBytes - headerBytes) / sealedChunkBytes) - 1
  const lastWanted = Math.floor(end / chunkBytes)
  const descriptor = openSync(file, 'r')
  try {
    const found = Buffer.alloc(headerBytes)
    readSync(descriptor, found, 0, headerBytes, 0)
    if (!found.equals(header) || fstatSync(descriptor).size !== storedBytes) {
      throw new ObjectCorrupt('another file than was lent')
    }
    const memory = (sealed.memory ??= Buffer.allocUnsafeSlow(chunksAtOnce * sealedChunkBytes))
    let filled = 0
    for (let first = Math.floor(start / chunkBytes); first <= lastWanted; first += chunksAtOnce) {
      const chunks = Math.min(chunksAtOnce, lastWanted + 1 - first)
      const at = headerBytes + first * sealedChunkBytes
      const bytes = Math.min(chunks * sealedChunkBytes, storedBytes - at)
      if (readSync(descriptor, memory, 0, bytes, at) !== bytes) throw new ObjectCorrupt('it is cut')
      for (let index = first; index < first + chunks; index++) {
        const from = (index - first) * sealedChunkBytes
        const isLast = index === lastChunk
        const plain = cipher.open(
          memory.subarray(from, Math.min(from + sealedChunkBytes, bytes)),
          index,
          isLast,
        )
        const base = index * chunkBytes
        filled += plain.copy(into, filled, Math.max(0, start - base), Math.min(plain.length, end + 1 - base))
        giveBackMemory(ownMemory(plain))
      }
    }
    if (filled !== into.length) throw new ObjectCorrupt('it is shorter than what is wanted of it')
  } finally {
    closeSync(descriptor)
  }
}
