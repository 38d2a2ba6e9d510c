import { createHash, randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { readdir, readFile, stat, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { absentAsNull } from './on-disk.ts'

// Process ids are told apart by where and when they count: another host, another boot, another container, or a
// process that got the number of a dead one.
const host = tag(hostname())
const boot = tag(readText('/proc/sys/kernel/random/boot_id'))
const container = tag(linkTarget('/proc/self/ns/pid'))

/** A name that tells who is writing: `{host}.{boot}.{container}.{pid}.{start of the process}.{random}`. */
export function temporaryName(): string {
  ownStart ??= startOf(readText('/proc/self/stat'))
  return [host, boot, container, process.pid, ownStart, randomUUID()].join('.')
}

let ownStart: string | undefined

/**
 * Removes half-written files whose process is gone. Files of living processes stay, and so do those of other hosts
 * and containers, whose processes cannot be seen from here, for a day: removing one of a living process loses nothing
 * but that one upload, which then fails.
 *
 * @param foreignAgeMsMax instead of a day
 * @returns how many were removed
 */
export async function sweepIncoming(
  folder: string,
  { foreignAgeMsMax = 24 * 60 * 60 * 1000 }: { foreignAgeMsMax?: number } = {},
): Promise<number> {
  let removed = 0
  for (const name of await readdir(folder)) {
    const file = join(folder, name)
    if (!(await isLeftBehind(name, file, foreignAgeMsMax))) continue
    if (await absentAsNull(unlink(file).then(() => true))) removed++
  }
  return removed
}

async function isLeftBehind(name: string, file: string, foreignAgeMsMax: number): Promise<boolean> {
  const [itsHost, itsBoot, itsContainer, pid, start] = name.split('.')
  if (itsHost === host && itsBoot !== boot) return true
  if (itsHost !== host || itsContainer !== container) {
    const found = await absentAsNull(stat(file))
    return found !== null && Date.now() - found.mtimeMs > foreignAgeMsMax
  }
  return !(await isAlive(Number(pid), start ?? ''))
}

async function isAlive(pid: number, start: string): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  const now = startOf((await absentAsNull(readFile(`/proc/${pid}/stat`, 'utf8'))) ?? '')
  return now === '' || now === start
}

/** Field 22 of /proc/{pid}/stat, ticks from boot to the process's start; '' on systems without /proc. */
function startOf(processStat: string): string {
  // The second field is the program's name in brackets, and may hold spaces and brackets itself.
  const afterName = processStat.slice(processStat.lastIndexOf(')') + 2)
  return afterName.split(' ')[19] ?? ''
}

function tag(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // no such file outside Linux
  }
}

function linkTarget(file: string): string {
  try {
    return readlinkSync(file)
  } catch {
    return ''
  }
}
