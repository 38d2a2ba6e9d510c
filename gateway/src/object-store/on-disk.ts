import { ObjectStoreAway, ObjectStoreFull, ObjectStoreRefused } from './object-errors.ts'

const full: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const refused: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS'])

/**
 * Runs something that touches the disk, and says in the port's words what went wrong.
 *
 * @throws {ObjectStoreFull} no room, quota reached, or a size limit
 * @throws {ObjectStoreRefused} no permission, or a disk that is read-only
 * @throws {ObjectStoreAway} any other error of the system; errors that are not the system's pass as they are
 */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = errorCode(error)
    if (code === undefined) throw error
    if (full.has(code)) throw new ObjectStoreFull(`the object store's disk: ${code}`, { cause: error })
    if (refused.has(code)) throw new ObjectStoreRefused(`the object store's disk: ${code}`, { cause: error })
    throw new ObjectStoreAway(`the object store's disk: ${code}`, { cause: error })
  }
}

/** The system's name of an error (`ENOENT` …), undefined for an error of another kind. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'errno' in error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}

/** What the promise gives, or null when the file or a folder on the way to it does not exist. */
export async function absentAsNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
}
