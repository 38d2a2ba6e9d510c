import { closeSync, fstatSync, open, read } from 'node:fs'
import type { BlobPart, BlobRead } from './blob-store.ts'
import { errorCode, onDisk } from './on-disk.ts'

// Reading a small file is one open and one read: at thousands of thumbnails a second each further round through the
// thread pool and each new 256 KiB buffer is what costs. Only calls that may wait for the disk go to the thread pool;
// fstat and close of an open, unwritten file do not wait.
const spareBuffers = new Map<number, Buffer[]>()
/** Kept of each size; the sizes are few: a chunk, and what a range in memory reads at once. */
const spareBuffersMax = 16

/**
 * Reads part of a file with positioned reads on one descriptor, so that a file replaced meanwhile is still read as
 * it was.
 *
 * @returns null when there is no such file
 */
export async function readFilePart(file: string, part: BlobPart): Promise<BlobRead | null> {
  const descriptor = await openFile(file)
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
  const fill = async (wanted: number, position: number): Promise<number> => {
    reading = true
    try {
      return await readAt(descriptor, buffer, wanted, position)
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
      const got = await fill(wanted, 0)
      storedBytes = got < wanted ? got : fstatSync(descriptor).size
      head = Buffer.from(buffer.subarray(0, Math.min(got, headBytes)))
      if (got > headBytes) ready = buffer.subarray(headBytes, got)
    } else {
      storedBytes = fstatSync(descriptor).size
      const wanted = Math.min(pieceBytes, end - start)
      head = Buffer.allocUnsafe(headBytes)
      // Both have to end before the descriptor may be closed, whatever becomes of either.
      const [headRead, pieceRead] = await Promise.allSettled([
        readAt(descriptor, head, headBytes, 0),
        fill(wanted, start),
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
        const got = wanted > 0 ? await onDisk(() => fill(wanted, position)) : 0
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

function openFile(file: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    open(file, 'r', (error, descriptor) => {
      if (error === null) resolve(descriptor)
      else if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') resolve(null)
      else reject(error)
    })
  })
}

function readAt(descriptor: number, buffer: Buffer, wanted: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    // A regular file gives less than asked for only at its end, so that one call is enough.
    read(descriptor, buffer, 0, wanted, position, (error, bytes) =>
      error === null ? resolve(bytes) : reject(error),
    )
  })
}
