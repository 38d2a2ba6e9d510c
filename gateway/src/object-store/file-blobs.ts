import { createHash } from 'node:crypto'
import { closeSync, fsync, openSync } from 'node:fs'
import {
  link,
  lstat,
  mkdir,
  open,
  opendir,
  rename,
  rmdir,
  stat,
  unlink,
  writeFile,
  type FileHandle,
} from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import type { FileBlobs } from './blob-store.ts'
import { TierUnsupported } from './object-errors.ts'
import { absentAsNull, errorCode, onDisk } from './on-disk.ts'
import { assertObjectPath, assertObjectPathPrefix, sealedSuffix } from './object-path.ts'
import { giveBackMemory } from '../own-memory.ts'
import { quickDiskOf } from './quick-disk.ts'
import { readFilePart } from './read-file-part.ts'
import { sweepIncoming, temporaryName } from './sweep-incoming.ts'

type Options = {
  /** absolute folder of the store; made when absent */
  root: string
}

const sync = promisify(fsync)

// Below the tenant and the kind (`originals`, `renditions`) stand ids, of which there may be millions.
const fanOutDepth = 2
/** Folders down to this level (tenant 1, kind 2, fan-out 3) are made once and never removed again. */
const keptLevels = 3

const publishAttemptsMax = 50
/** A slice of 512 KB with its header leaves in one write. */
const batchBytesMax = 576 * 1024
const settledFoldersMax = 20_000

/**
 * Blobs as files: `objects/{tenant}/{kind}/{two hex digits}/{rest of the path}.sealed` below `root`.
 *
 * Several processes may use one root at once. What a killed process left half-written is removed here, at the start
 * of the next one.
 *
 * @throws {ObjectStoreAway} when the folder cannot be made or written
 */
export async function createFileBlobs({ root }: Options): Promise<FileBlobs> {
  const objects = join(root, 'objects')
  const incoming = join(root, 'incoming')
  // Tells the store's folder from the empty mount point of a volume that is not mounted.
  const marker = join(root, 'bitewing-object-store')

  await onDisk(async () => {
    await mkdir(objects, { recursive: true, mode: 0o700 })
    await mkdir(incoming, { recursive: true, mode: 0o700 })
    await writeFile(marker, 'format 1\n', { mode: 0o600 })
    await syncFolder(root)
    await syncFolder(dirname(root))
    await sweepIncoming(incoming)
  })
  const disk = await onDisk(() => quickDiskOf(objects))

  /** Kept folders that are known to be on disk, down from `objects`. */
  const settledFolders = new Set<string>()

  /** Makes a new file, and the folders that lead to it, survive a power cut. */
  async function settle(file: string): Promise<void> {
    await absentAsNull(syncFolder(dirname(file))) // absent: deleted again in the meantime
    const settled: string[] = []
    let level = levelOf(objects, file)
    for (let folder = dirname(file); folder !== objects; folder = dirname(folder), level -= 1) {
      if (settledFolders.has(folder)) break
      await absentAsNull(syncFolder(dirname(folder))) // the folder's own entry stands in the one above
      if (level <= keptLevels) settled.push(folder)
    }
    if (settledFolders.size > settledFoldersMax) settledFolders.clear()
    for (const folder of settled) settledFolders.add(folder)
  }

  /** Moves a finished file to its name. The folder is made when it is not there, or no longer there. */
  async function publish(temporary: string, file: string, ifAbsent: boolean): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (!ifAbsent) {
          await rename(temporary, file)
          return true
        }
        await link(temporary, file) // unlike rename it fails when the name is taken
        await unlink(temporary).catch(() => undefined) // the sweep of the next start has it otherwise
        return true
      } catch (error) {
        if (ifAbsent && errorCode(error) === 'EEXIST') {
          await unlink(temporary).catch(() => undefined)
          return false
        }
        if (errorCode(error) !== 'ENOENT' || attempt === publishAttemptsMax) throw error
        // Deletes may take away what is being made, and the way to it.
        await absentAsNull(mkdir(dirname(file), { recursive: true, mode: 0o700 }))
      }
    }
  }

  /** Nothing there: an absent blob, or an absent store? */
  async function assertMounted(): Promise<void> {
    await onDisk(() => stat(marker))
  }

  async function sizeOf(path: string): Promise<number | null> {
    const found = await onDisk(() => absentAsNull(stat(filePath(objects, path))))
    if (found === null) await assertMounted()
    return found?.size ?? null
  }

  return {
    files: {
      folders: [objects],
      async find(path, headBytes) {
        const file = filePath(objects, path)
        const part = { headBytes, start: headBytes, end: headBytes, pieceBytes: 0 }
        const found = await onDisk(() => readFilePart(file, part, disk))
        if (found === null) {
          await assertMounted()
          return null
        }
        found.pieces.close()
        return { file, storedBytes: found.storedBytes, head: found.head }
      },
    },

    async put(path, body, { ifAbsent, durable, isNew = false }) {
      const file = filePath(objects, path)
      if (ifAbsent && (await exists(file))) {
        if (durable) await onDisk(() => settle(file)) // whoever put it may not have come so far yet
        return { created: false }
      }

      const temporary = join(incoming, temporaryName())
      const handle = await onDisk(() => open(temporary, 'wx', 0o600))
      let unclosed = true
      let placed = temporary
      try {
        await writeBody(handle, body)
        return await onDisk(async () => {
          // before the sync, so that one commit of the file system's journal takes both
          if (isNew && !ifAbsent) {
            await publish(temporary, file, false)
            placed = file
          }
          if (durable) await handle.sync()
          unclosed = false
          await handle.close()
          const created = placed === file || (await publish(temporary, file, ifAbsent))
          if (durable) await settle(file)
          return { created }
        })
      } catch (error) {
        if (unclosed) await handle.close().catch(() => undefined)
        await unlink(placed).catch(() => undefined)
        throw error
      }
    },

    async read(path, part) {
      const read = await onDisk(() => readFilePart(filePath(objects, path), part, disk))
      if (read === null) await assertMounted()
      return read
    },

    size: sizeOf,

    async delete(path) {
      const file = filePath(objects, path)
      await onDisk(async () => {
        const removed = await absentAsNull(unlink(file).then(() => true))
        if (removed) await absentAsNull(syncFolder(dirname(file)))
        else await assertMounted()
        await removeEmptyFolders(objects, file)
      })
    },

    async *list(prefix) {
      assertObjectPathPrefix(prefix)
      const complete = prefix.split('/')
      const begin = complete.pop() ?? ''
      let found = false
      for await (const path of walk(objects, complete, begin)) {
        found = true
        yield path
      }
      if (!found) await assertMounted()
    },

    // one folder is one class of storage, see `file-tiers.ts` for two
    tiers: () => Promise.resolve({ warm: false, cold: null, recallHours: 0 }),

    async place(path) {
      return (await sizeOf(path)) === null ? null : { tier: 'hot', read: 'at-once' }
    },

    async setTier(path, tier) {
      if (tier !== 'hot') throw new TierUnsupported('a folder is one class of storage')
      return (await sizeOf(path)) !== null
    },

    async recall(path) {
      return (await sizeOf(path)) === null ? null : 'at-hand'
    },

    async check() {
      await assertMounted()
      // Asks the disk itself: room, permission and a read-only remount show only on writing.
      const probe = join(incoming, temporaryName())
      await onDisk(async () => {
        try {
          await writeFile(probe, 'x', { flag: 'wx', mode: 0o600 })
        } finally {
          await absentAsNull(unlink(probe))
        }
      })
    },
  }
}

function filePath(objects: string, path: string): string {
  assertObjectPath(path)
  return join(objects, ...withFanOut(path.split('/'))) + sealedSuffix
}

/** `tenant/originals/{id}` → `tenant/originals/3f/{id}`: no folder grows past some thousands of entries. */
function withFanOut(segments: string[]): string[] {
  const spread = segments[fanOutDepth]
  if (spread === undefined) return segments
  return segments.toSpliced(fanOutDepth, 0, fanOutFolder(spread))
}

function fanOutFolder(segment: string): string {
  return createHash('sha256').update(segment).digest('hex').slice(0, 2)
}

/**
 * Paths of the blobs below the folder that `segments` names, whose next segment begins with `begin`.
 * Folders and files that vanish meanwhile are passed over.
 */
async function* walk(objects: string, segments: string[], begin: string): AsyncGenerator<string> {
  const folder = join(objects, ...withFanOut(segments))
  if (segments.length === fanOutDepth) {
    for await (const spread of entries(folder)) {
      if (spread.isDirectory()) yield* walkFolder(objects, join(folder, spread.name), segments, begin)
    }
    return
  }
  yield* walkFolder(objects, folder, segments, begin)
}

async function* walkFolder(
  objects: string,
  folder: string,
  segments: string[],
  begin: string,
): AsyncGenerator<string> {
  for await (const entry of entries(folder)) {
    if (!entry.name.startsWith(begin)) continue
    if (entry.isDirectory()) yield* walk(objects, [...segments, entry.name], '')
    else if (entry.name.endsWith(sealedSuffix)) {
      const name = entry.name.slice(0, -sealedSuffix.length)
      if (name.startsWith(begin)) yield [...segments, name].join('/')
    }
  }
}

async function* entries(folder: string) {
  const opened = await onDisk(() => absentAsNull(opendir(folder, { bufferSize: 256 })))
  if (opened !== null) yield* opened
}

/** How deep below `objects` the folder of a file lies: 0 for `objects` itself. */
function levelOf(objects: string, file: string): number {
  return relative(objects, dirname(file)).split(sep).filter(Boolean).length
}

/** Removes the folders that a delete has emptied, up to the kept levels. */
async function removeEmptyFolders(objects: string, file: string): Promise<void> {
  let level = levelOf(objects, file)
  for (let folder = dirname(file); level > keptLevels; folder = dirname(folder), level -= 1) {
    try {
      await rmdir(folder)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') continue // another delete was first: look at the one above
      return // not empty
    }
  }
}

/** Writes a body in batches, one while the next is gathered. Errors of the body come out as they are. */
async function writeBody(handle: FileHandle, body: AsyncIterable<Uint8Array>): Promise<void> {
  let batch: Uint8Array[] = []
  let batchBytes = 0
  let writing: Promise<void> = Promise.resolve()
  const flush = async () => {
    await writing
    const full = batch
    batch = []
    batchBytes = 0
    writing = onDisk(() => writeAll(handle, full))
    writing.catch(() => undefined) // seen by the next `await writing`
  }
  try {
    for await (const bytes of body) {
      batch.push(bytes)
      batchBytes += bytes.length
      if (batchBytes >= batchBytesMax) await flush()
    }
    await flush()
  } finally {
    await writing // before the caller closes the file
  }
}

async function writeAll(handle: FileHandle, batch: Uint8Array[]): Promise<void> {
  let { bytesWritten: skip } = await handle.writev(batch)
  for (const bytes of batch) {
    // A disk that is nearly full takes less than it is given, and says why at the next write.
    for (let at = Math.min(skip, bytes.length); at < bytes.length;) {
      at += (await handle.write(bytes, at)).bytesWritten
    }
    skip = Math.max(0, skip - bytes.length)
  }
  batch.forEach(giveBackMemory)
}

/** Only what waits for the disk goes to the thread pool: the folder was written to a moment ago. */
async function syncFolder(folder: string): Promise<void> {
  const descriptor = openSync(folder, 'r')
  try {
    await sync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

async function exists(file: string): Promise<boolean> {
  return (await onDisk(() => absentAsNull(lstat(file)))) !== null
}
