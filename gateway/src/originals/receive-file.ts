import { createHash, type Hash } from 'node:crypto'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { bufferSource, fileSource, type OpenByteSource } from '../dicom/byte-source.ts'
import { giveBackMemory, ownMemory } from '../own-memory.ts'
import { sha256 } from '../sha256.ts'
import { temporaryName } from '../object-store/sweep-incoming.ts'

/** Where the bytes of a file are that is on its way to archive and object store. */
export type FileContent = { bytes: number } & ({ path: string } | { buffer: Buffer })

/** A received file on the way to its places. Dispose of it when it has got there. */
export type ReceivedFile = AsyncDisposable & {
  content: FileContent
  bytes: number
  /** at once where it was taken while the bytes came */
  sha256: Buffer | Promise<Buffer>
  open(): Promise<OpenByteSource>
  /** Says that all who read it are done, so that its memory is used again from now on; not so after an error. */
  finished(): void
}

/** What a file is given at first, and all that it gets when there is no room for more. */
const bufferBytesMin = 64 * 1024
/** Larger files go to the disk; and of buffers that nobody uses, no more are kept in all. */
const bufferBytesMax = 16 * 1024 * 1024

const spare = new Map<number, Buffer<ArrayBuffer>[]>()
let spareBytes = 0
let heldBytes = 0

/**
 * Receives a file and hashes it: into memory as far as the process's share for it goes, which spares writing and
 * reading it again, else to the spool folder. Nothing depends on it after a crash: a file counts as stored when it is
 * in its places.
 *
 * @param expectedBytes  a guess
 * @param memoryBytesMax all files of this process in memory together; what comes beyond goes to the disk
 * @throws what the body throws; nothing is left behind
 */
export async function receiveFile(
  body: AsyncIterable<Uint8Array>,
  {
    folder,
    expectedBytes,
    memoryBytesMax,
  }: { folder: string; expectedBytes: number; memoryBytesMax: number },
): Promise<ReceivedFile> {
  let buffer = borrow(sizeFor(expectedBytes), memoryBytesMax)
  let filled = 0
  let bytes = 0
  let spool: { path: string; file: FileHandle; hash: Hash } | null = null
  const flush = async () => {
    if (!spool) {
      const path = join(folder, temporaryName())
      spool = { path, file: await open(path, 'wx', 0o600), hash: createHash('sha256') }
    }
    spool.hash.update(buffer.subarray(0, filled))
    await writeAll(spool.file, buffer.subarray(0, filled))
    filled = 0
  }
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength
      for (let at = 0; at < chunk.byteLength;) {
        if (filled === buffer.length) {
          const larger = spool ? null : grown(buffer, memoryBytesMax)
          if (larger) buffer = larger
          else await flush()
        }
        const taken = Math.min(chunk.byteLength - at, buffer.length - filled)
        buffer.set(chunk.subarray(at, at + taken), filled)
        filled += taken
        at += taken
      }
    }
    if (spool) await flush()
  } catch (error) {
    giveBack(buffer)
    await remove(spool)
    throw error
  }
  if (spool) {
    giveBack(buffer)
    const { path, file, hash } = spool as { path: string; file: FileHandle; hash: Hash }
    await file.close()
    return {
      bytes,
      sha256: hash.digest(),
      content: { bytes, path },
      open: () => fileSource(path),
      finished: () => undefined,
      [Symbol.asyncDispose]: () => rm(path, { force: true }),
    }
  }
  const content = buffer.subarray(0, bytes)
  let isFinished = false
  return {
    bytes,
    sha256: sha256(content),
    content: { bytes, buffer: content },
    open: () => Promise.resolve(openBuffer(content)),
    finished() {
      if (!isFinished) giveBack(buffer)
      isFinished = true
    },
    [Symbol.asyncDispose]() {
      if (!isFinished) heldBytes -= buffer.length // somebody may still be reading: the collector finds out
      return Promise.resolve()
    },
  }
}

function openBuffer(buffer: Buffer): OpenByteSource {
  const nothing = () => Promise.resolve()
  return { ...bufferSource(buffer), close: nothing, [Symbol.asyncDispose]: nothing }
}

/** A buffer of this size, or of the smallest where there is no room for it. */
function borrow(wanted: number, memoryBytesMax: number): Buffer<ArrayBuffer> {
  const size = heldBytes + wanted <= memoryBytesMax ? wanted : bufferBytesMin
  heldBytes += size
  const found = spare.get(size)?.pop()
  if (found) spareBytes -= size
  return found ?? Buffer.allocUnsafeSlow(size)
}

/** The same bytes with as much room again; null when that would be more than may be held. */
function grown(buffer: Buffer<ArrayBuffer>, memoryBytesMax: number): Buffer<ArrayBuffer> | null {
  const size = buffer.length * 2
  if (size > bufferBytesMax || heldBytes + size > memoryBytesMax) return null
  const larger = borrow(size, memoryBytesMax)
  buffer.copy(larger)
  giveBack(buffer)
  return larger
}

/** What is not kept is freed at once: the collector would come for it after some tens of megabytes. */
function giveBack(buffer: Buffer<ArrayBuffer>): void {
  heldBytes -= buffer.length
  // those of other sizes give way: what is received now is alike
  for (const [size, others] of spare) {
    while (size !== buffer.length && spareBytes + buffer.length > bufferBytesMax) {
      const other = others.pop()
      if (!other) break
      spareBytes -= size
      giveBackMemory(ownMemory(other))
    }
  }
  if (spareBytes + buffer.length > bufferBytesMax) {
    giveBackMemory(ownMemory(buffer))
    return
  }
  spareBytes += buffer.length
  const others = spare.get(buffer.length)
  if (others) others.push(buffer)
  else spare.set(buffer.length, [buffer])
}

/** Little more than is needed, of a few sizes so that they can be used again: 4 to 7 quarters of a power of two. */
function sizeFor(bytes: number): number {
  const wanted = Math.min(Math.max(bytes, bufferBytesMin), bufferBytesMax)
  const quarter = 2 ** Math.floor(Math.log2(wanted)) / 4
  return Math.ceil(wanted / quarter) * quarter
}

async function remove(spool: { path: string; file: FileHandle } | null): Promise<void> {
  if (!spool) return
  await spool.file.close()
  await rm(spool.path, { force: true })
}

/** A single write may take less than it was given, without an error, when the disk is all but full. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.byteLength > 0;) {
    const { bytesWritten } = await file.write(rest)
    rest = rest.subarray(bytesWritten)
  }
}
