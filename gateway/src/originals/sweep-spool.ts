import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A file that nobody has written to for so long belongs to no request: parts are stored as soon as they are whole. */
const abandonedMs = 60 * 60_000

/**
 * Removes what a gateway that was killed left in the spool folder: patients' images in plain.
 *
 * @returns how many were removed
 */
export async function sweepSpool(folder: string): Promise<number> {
  let removed = 0
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.part')) continue
    const path = join(folder, name)
    const found = await stat(path).catch(() => null) // stored and removed meanwhile
    if (!found || Date.now() - found.mtimeMs < abandonedMs) continue
    await rm(path, { force: true })
    removed++
  }
  return removed
}
