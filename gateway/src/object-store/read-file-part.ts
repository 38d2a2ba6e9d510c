import { closeSync, fstatSync, open, openSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import type { BlobPart, BlobRead } from './blob-store.ts'
import { errorCode, onDisk } from './on-disk.ts'
import type { QuickDisk } from './quick-disk.ts'

// Reading a small file is one open and one read: at thousands of frames a second each round through the thread pool and
// each new 256 KiB buffer is what costs. Only calls that may have to wait go to the thread pool; fstat and close of an
// open, unwritten file do not wait, nor do open and read where the disk is quick.
const spareBuffers = new Map<number, Buffer[]>()
/** Kept of each size; the sizes are few: a chunk, and what a range in memory reads at once. */
const spareBuffersMax = 16

const opened = promisify(open)

/**
 * Reads part of a file with positioned reads on one descriptor, so that a file replaced meanwhile is still read as
 * it was.
 *
 * @returns null when there is no such file
 */
export async function readFilePart(file: string, part: BlobPart, disk: QuickDisk): Promise<BlobRead | null> {
  const descriptor = await openFile(file, disk)
  if (descriptor === null) return null

  const { headBytes, start, end, pieceBytes } = part
  const buffer = borrow(headBytes + pieceBytes)
  let reading = false
  let closed = false

  const giveBack = () => {
    closeSync(descriptor)
    const spare = spareBuffers.get(buffer.length)
    if (!spare) spareBuffers.set(buffer.length, [buffer])
    else if (spare.length < spareBuffersMax) spare.push(buffer)
  }
  const closeOnce = () => {
    if (closed) return
    closed = true
    if (!reading) giveBack()
  }

  /** Fills the buffer from `position`; fewer bytes than wanted only at the end of the file. */
  const fill = async (wanted: number, position: number, quick: QuickDisk | null): Promise<number> => {
    reading = true
    try {
      return await readAt(descriptor, buffer, wanted, position, quick)
    } finally {
      reading = false
      if (closed) giveBack() // closed while the system was writing into the buffer
    }
  }

  try {
    let storedBytes: number
    let head: Buffer
    let ready: Buffer | null = null // a piece that came with the head
    if (start === headBytes) {
      const wanted = headBytes + Math.min(pieceBytes, end - start)
      const got = await fill(wanted, 0, disk)
      storedBytes = got < wanted ? got : fstatSync(descriptor).size
      head = Buffer.from(buffer.subarray(0, Math.min(got, headBytes)))
      if (got > headBytes) ready = buffer.subarray(headBytes, got)
    } else {
      storedBytes = fstatSync(descriptor).size
      const wanted = Math.min(pieceBytes, end - start)
      head = Buffer.allocUnsafe(headBytes)
      // Both have to end before the descriptor may be closed, whatever becomes of either.
      const [headRead, pieceRead] = await Promise.allSettled([
        readAt(descriptor, head, headBytes, 0, disk),
        fill(wanted, start, disk),
      ])
      if (headRead.status === 'rejected') throw headRead.reason
      if (pieceRead.status === 'rejected') throw pieceRead.reason
      head = head.subarray(0, headRead.value)
      if (pieceRead.value > 0) ready = buffer.subarray(0, pieceRead.value)
    }

    let position = start
    const limit = Math.min(end, storedBytes)
    const next = async () => {
      if (closed) return null
      let piece = ready
      ready = null
      if (piece === null) {
        const wanted = Math.min(pieceBytes, limit - position)
        // a large object must let others have their turn between its pieces
        const got = wanted > 0 ? await onDisk(() => fill(wanted, position, null)) : 0
        if (got === 0) {
          closeOnce()
          return null
        }
        piece = buffer.subarray(0, got)
      }
      position += piece.length
      return piece
    }
    return { storedBytes, head, pieces: { next, close: closeOnce } }
  } catch (error) {
    closeOnce()
    throw error
  }
}

function borrow(bytes: number): Buffer {
  return spareBuffers.get(bytes)?.pop() ?? Buffer.allocUnsafeSlow(bytes)
}

async function openFile(file: string, disk: QuickDisk): Promise<number | null> {
  try {
    if (disk.isQuick()) return disk.call(() => openSync(file, 'r'))
    return await opened(file, 'r')
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
}

/** A regular file gives less than asked for only at its end, so that one call is enough. */
async function readAt(
  descriptor: number,
  buffer: Buffer,
  wanted: number,
  position: number,
  disk: QuickDisk | null,
): Promise<number> {
  if (disk?.isQuick()) return disk.call(() => readSync(descriptor, buffer, 0, wanted, position))
  return new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, wanted, position, (error, bytes) =>
      error === null ? resolve(bytes) : reject(error),
    )
  })
}
