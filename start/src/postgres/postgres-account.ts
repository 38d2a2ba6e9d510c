import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { systemAccount } from '../machine/system-account.ts'
import type { Account } from '../processes/child.ts'

const run = promisify(execFile)

type AccountOptions = {
  /** The cluster's folder; when it exists already its owner is kept. */
  directory: string
  /** Look for this system user, and create it when it is missing, instead of the usual choice. */
  userName?: string
}

/**
 * The unprivileged system user that Postgres runs as, since it refuses root.
 *
 * The owner of an existing cluster comes first, then the machine's user `postgres`; without one a system user
 * `bitewing` is created, which can neither log in nor has a home.
 *
 * @returns null when this process is not root: Postgres then runs as the same user
 */
export async function postgresAccount({ directory, userName }: AccountOptions): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null

  const owner = await stat(directory).catch(() => null)
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }

  if (userName !== undefined) return (await systemAccount(userName)) ?? create(userName)
  return (await systemAccount('postgres')) ?? (await systemAccount('bitewing')) ?? create('bitewing')
}

async function create(userName: string): Promise<Account> {
  await run('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    userName,
  ]).catch((cause: unknown) => {
    throw new Error(`Postgres refuses root, and the system user ${userName} could not be created`, { cause })
  })
  const account = await systemAccount(userName)
  if (account === null) throw new Error(`The system user ${userName} is missing right after its creation`)
  return account
}
