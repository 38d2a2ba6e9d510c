import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { ObjectCorrupt } from './object-errors.ts'
import type { ByteRange, ObjectName } from './object-store.ts'
import { giveBackMemory, ownMemory } from '../own-memory.ts'
import { chunkOpener } from './open-chunks.ts'
import { chunkBytes, headerBytes, objectCipher, plainBytes, sealedChunkBytes } from './sealed-format.ts'

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
  const plain = { start, end: end + 1, totalBytes: plainBytes(storedBytes) }
  let filled = 0
  const opener = chunkOpener(cipher, plain, (bytes, from, to) => {
    filled += bytes.copy(into, filled, from, to)
    giveBackMemory(ownMemory(bytes))
  })
  const descriptor = openSync(file, 'r')
  try {
    const found = Buffer.alloc(headerBytes)
    readSync(descriptor, found, 0, headerBytes, 0)
    if (!found.equals(header) || fstatSync(descriptor).size !== storedBytes) {
      throw new ObjectCorrupt('another file than was lent')
    }
    const memory = (sealed.memory ??= Buffer.allocUnsafeSlow(chunksAtOnce * sealedChunkBytes))
    const sealedEnd = Math.min(storedBytes, sealedStartOf(Math.floor(end / chunkBytes) + 1))
    for (let at = sealedStartOf(Math.floor(start / chunkBytes)); opener.isWanted();) {
      const bytes = Math.min(memory.length, sealedEnd - at)
      if (bytes <= 0 || readSync(descriptor, memory, 0, bytes, at) !== bytes)
        throw new ObjectCorrupt('it is cut')
      opener.open(memory.subarray(0, bytes))
      at += bytes
    }
    if (filled !== into.length) throw new ObjectCorrupt('it is shorter than what is wanted of it')
  } finally {
    closeSync(descriptor)
  }
}

/** Where a chunk begins in the file. */
function sealedStartOf(chunk: number): number {
  return headerBytes + chunk * sealedChunkBytes
}
