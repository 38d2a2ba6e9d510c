import { chmod } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'

export type FileLock = { release(): void }

/**
 * Takes a lock for this process.
 *
 * It is SQLite's, the only way from Node to a lock that the kernel holds: it ends with the process however that
 * dies, so none is ever stale, and two processes cannot both have it.
 *
 * @param path absolute path of the lock's file, in a folder that exists; the file stays
 * @returns null when another process has it
 */
export async function takeFileLock(path: string): Promise<FileLock | null> {
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE') // nothing is ever written
    await chmod(path, 0o600)
    return { release: () => database.close() }
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return null
    throw error
  }
}

const sqliteBusy = 5

/** As `takeFileLock`, but waits for its turn. */
export async function waitForFileLock(path: string): Promise<FileLock> {
  for (;;) {
    const lock = await takeFileLock(path)
    if (lock !== null) return lock
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
