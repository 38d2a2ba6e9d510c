import { execFile } from 'node:child_process'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { asAccount } from '../machine/as-account.ts'
import { keepSecret } from '../machine/keep-secret.ts'
import { freePort } from '../machine/free-port.ts'
import { startChild, type Account, type Child } from '../processes/child.ts'
import { postgresAccount } from './postgres-account.ts'
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.ts'

const run = promisify(execFile)

export type ClusterOptions = {
  /** Folder of this cluster alone; made when missing. Holds `cluster/`, `superuser-password` and `port`. */
  directory: string
  /** False gives up safety at a power cut for speed: for throwaway clusters only. */
  durable?: boolean
  /** System user to run as when this process is root; see `postgresAccount`. */
  userName?: string
  /** True keeps to the port of the last start, for those who hold its URL, and throws when it is taken. */
  samePort?: boolean
  onLine?: (line: string) => void
}

export type Cluster = {
  readonly port: number
  readonly version: string
  readonly process: Child
  /** Connection URL of the superuser, for the launcher alone. */
  superuserUrl(database: string): string
  /** Fast shutdown: open transactions are rolled back, everything is written. */
  stop(): Promise<void>
}

/**
 * The settings that are ours. Statements and values stay out of the log: both carry patients' names.
 * `terse` drops the DETAIL of an error, which quotes the row.
 */
const settings = {
  cluster_name: 'bitewing',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '120',
  shared_buffers: '256MB',
  synchronous_commit: 'on',
  wal_compression: 'on',
  autovacuum_naptime: '15s', // images come in bursts, and are searched at once
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_statement: 'none',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_parameter_max_length: '0',
  log_checkpoints: 'off',
}

const throwawaySettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '128MB',
  max_connections: '200',
}

/**
 * Starts the embedded Postgres, making its cluster first when there is none, and waits until it answers.
 *
 * It listens on the loopback address only, with passwords (SCRAM-SHA-256). Its port is chosen once and kept, so
 * that a URL noted down yesterday works today; another is taken when the port was lost to somebody else.
 *
 * Postgres gets its data folder as `/proc/self/cwd`, entered by us beforehand: so it works below folders that its
 * own user may not pass, such as /root, without any privilege.
 *
 * @throws when the cluster was made by another major version, or does not start
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { directory, durable = true, onLine } = options
  const data = join(directory, 'cluster')
  const account = await postgresAccount({ directory: data, userName: options.userName })
  const binaries = await postgresBinaries(account)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const password = await keepSecret(join(directory, 'superuser-password'))

  if (!(await exists(join(data, 'PG_VERSION'))))
    await createCluster({ data, binaries, account, password, durable })
  await refuseOtherVersion(data, binaries)
  await endLeftover(data)

  const kept = Number(await readFile(join(directory, 'port'), 'utf8').catch(() => '0'))
  for (let attempt = 0; ; attempt++) {
    const port = attempt === 0 && kept > 0 ? kept : await freePort()
    const started = await launch({ data, port, binaries, account, durable, onLine })
    if (started === 'port-taken' && attempt < 5 && options.samePort !== true) continue
    if (started === 'port-taken') throw new Error('The port of Postgres is taken')
    if (port !== kept) await writeFile(join(directory, 'port'), `${port}\n`, { mode: 0o600 })
    return {
      port,
      version: binaries.version,
      process: started,
      superuserUrl: (database) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`,
      stop: async () => void (await started.stop()),
    }
  }
}

type Creation = {
  data: string
  binaries: PostgresBinaries
  account: Account | null
  password: string
  durable: boolean
}

/** Made beside its place and moved there when whole, so that an interrupted first start leaves nothing half. */
async function createCluster({ data, binaries, account, password, durable }: Creation) {
  const unfinished = `${data}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { mode: 0o700 })
  const secrets = await mkdtemp(join(tmpdir(), 'bitewing-initdb-'))
  try {
    await chmod(unfinished, 0o700)
    const passwordFile = join(secrets, 'password')
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
    if (account !== null) {
      for (const path of [unfinished, secrets, passwordFile]) await chown(path, account.uid, account.gid)
    }
    const [command = '', ...args] = [
      ...asAccount(account),
      binaries.initdb,
      '--pgdata=/proc/self/cwd',
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C', // messages and formats of the server
      '--locale-provider=builtin', // sorts and folds the same on every machine
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
      ...(durable ? [] : ['--no-sync']),
    ]
    await run(command, args, { cwd: unfinished, env: environment() })
  } finally {
    await rm(secrets, { recursive: true, force: true })
  }
  await rename(unfinished, data)
}

async function refuseOtherVersion(data: string, binaries: PostgresBinaries) {
  const major = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim()
  if (binaries.version.split('.')[0] === major) return
  throw new Error(
    `The database in ${data} was made by Postgres ${major}, and this release carries ${binaries.version}. ` +
      'Dump it with the earlier release and restore it with this one (docs/operations.md).',
  )
}

/**
 * Clears the way after a crash. The process id in postmaster.pid may belong to anybody by now, and Postgres would
 * then refuse to start, so it counts only when that process works in this very folder.
 */
async function endLeftover(data: string) {
  const pidFile = join(data, 'postmaster.pid')
  const pid = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''), 10)
  if (Number.isNaN(pid)) return

  if (await isPostmasterOf(pid, data)) {
    process.kill(pid, 'SIGINT')
    for (let waitedMs = 0; waitedMs < 20_000 && (await isPostmasterOf(pid, data)); waitedMs += 100) {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    if (await isPostmasterOf(pid, data)) throw new Error(`An earlier Postgres (process ${pid}) does not end`)
  }
  await rm(pidFile, { force: true })
}

async function isPostmasterOf(pid: number, data: string): Promise<boolean> {
  try {
    const [folder, program] = await Promise.all([readlink(`/proc/${pid}/cwd`), readlink(`/proc/${pid}/exe`)])
    return folder === data && basename(program).startsWith('postgres')
  } catch {
    return false
  }
}

type Launch = {
  data: string
  port: number
  binaries: PostgresBinaries
  account: Account | null
  durable: boolean
  onLine: ((line: string) => void) | undefined
}

async function launch({
  data,
  port,
  binaries,
  account,
  durable,
  onLine,
}: Launch): Promise<Child | 'port-taken'> {
  const chosen = { ...settings, ...(durable ? {} : throwawaySettings), port: String(port) }
  const lastLines: string[] = []
  let announceReady: () => void = () => undefined
  const ready = new Promise<'ready'>((resolve) => {
    announceReady = () => resolve('ready')
  })

  const child = await startChild({
    name: 'postgres',
    command: binaries.postgres,
    args: [
      '-D',
      '/proc/self/cwd',
      ...Object.entries(chosen).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    cwd: data,
    env: environment(),
    account,
    stopSignal: 'SIGINT', // fast shutdown; SIGTERM would wait for every client to leave
    orphanSignal: 'SIGINT',
    stopTimeoutMs: 30_000,
    onLine: (line) => {
      lastLines.push(line)
      if (lastLines.length > 20) lastLines.shift()
      if (line.includes('database system is ready to accept connections')) announceReady()
      onLine?.(line)
    },
  })

  const outcome = await Promise.race([ready, child.exited])
  if (outcome === 'ready') return child
  if (lastLines.some((line) => line.includes('Address already in use'))) return 'port-taken'
  throw new Error(`Postgres did not start:\n${lastLines.join('\n')}`)
}

/** English messages, since one of them is waited for. */
function environment(): Record<string, string> {
  return { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
