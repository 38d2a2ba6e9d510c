import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { asAccount } from '../machine/as-account.ts'
import { systemAccount } from '../machine/system-account.ts'
import type { Account } from '../processes/child.ts'

const run = promisify(execFile)

/** Where the Debian package keeps Orthanc's state, which an embedded Orthanc does not use. */
const packageFolder = '/var/lib/orthanc'

export type Confinement = {
  /** Who Orthanc runs as; null for the user of this process. */
  account: Account | null
  /** The folder's path as Orthanc sees it. */
  folder: string
  /** Goes before Orthanc's command. */
  prefix: string[]
}

/**
 * How Orthanc runs: it parses what any device on the network sends, so never as root where that can be avoided.
 *
 * Root hands it to the user of the Debian package. Where that user cannot reach the folder (a checkout below /root),
 * Orthanc gets a mount namespace in which the folder appears as /var/lib/orthanc; Postgres' way (`/proc/self/cwd`)
 * fails, because SQLite resolves it. A container without the right to mount leaves root.
 *
 * @param folder absolute path of the folder for Orthanc's state, which exists
 */
export async function orthancConfinement(folder: string): Promise<Confinement> {
  const unconfined = { account: null, folder, prefix: [] }
  if (process.getuid?.() !== 0) return unconfined
  const account = (await systemAccount('orthanc')) ?? (await systemAccount('bitewing'))
  if (account === null) return unconfined

  const [command = '', ...args] = [...asAccount(account), 'test', '-x', folder]
  if (await succeeds(command, args)) return { account, folder, prefix: [] }

  const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
  const prefix = [
    'unshare',
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-c',
    script,
    'sh',
    folder,
    packageFolder,
  ]
  const [mount = '', ...mountArgs] = [...prefix, 'true']
  if (existsSync(packageFolder) && (await succeeds(mount, mountArgs)))
    return { account, folder: packageFolder, prefix }
  return unconfined
}

async function succeeds(command: string, args: string[]): Promise<boolean> {
  return run(command, args, { cwd: '/' }).then(
    () => true,
    () => false,
  )
}
