import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { takeFileLock, type FileLock } from './machine/file-lock.ts'

/**
 * Takes the data folder for this process, making it when it is missing.
 *
 * @returns null when another process works on it
 */
export async function lockDataFolder(folder: string): Promise<FileLock | null> {
  await mkdir(folder, { recursive: true })
  // Passable but not listable: Postgres and Orthanc reach their own folders below it as other users.
  await chmod(folder, 0o711)
  return takeFileLock(join(folder, 'lock'))
}
