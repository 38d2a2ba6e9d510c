import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { orthancProgram } from '../machine/system-packages.ts'
import { startChild, type Child } from '../processes/child.ts'
import { orthancConfinement } from './orthanc-confinement.ts'

const run = promisify(execFile)

export type OrthancOptions = {
  /** Absolute path of the folder for Orthanc's state, its configuration and its spool; made when missing. */
  directory: string
  httpPort: number
  /** Registered user of Orthanc's HTTP interface. */
  user: string
  password: string
  /** Orthanc's program; the system package's by default. */
  program?: string
  /**
   * The whole configuration, given the folder as Orthanc sees it, which may be another path than ours.
   * May write files below `directory`.
   */
  configuration: (folder: string) => Promise<Record<string, unknown>>
  onLine?: (line: string) => void
}

export type Orthanc = {
  readonly process: Child
  /** Base URL with user and password in it; for the gateway, never for a log. */
  readonly url: string
  /** It runs with root's rights, for want of another way to reach its folder. */
  readonly asRoot: boolean
  stop(): Promise<void>
}

/**
 * Starts Orthanc and waits until its HTTP interface answers.
 *
 * @throws with the last lines of its log when it ends instead
 */
export async function startOrthanc(options: OrthancOptions): Promise<Orthanc> {
  const { directory, httpPort, user, password, program = orthancProgram(), onLine } = options
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await chmod(directory, 0o700)
  const { account, folder, prefix } = await orthancConfinement(directory)

  const configuration = JSON.stringify(await options.configuration(folder), null, 2)
  const configurationFile = join(directory, 'orthanc.json')
  await writeFile(configurationFile, configuration, { mode: 0o600 })
  await chmod(configurationFile, 0o600)
  if (account !== null) await giveTo(directory, account.uid, account.gid)

  const lastLines: string[] = []
  const child = await startChild({
    name: 'orthanc',
    command: program,
    args: [join(folder, 'orthanc.json')],
    cwd: directory,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1' },
    account,
    prefix,
    stopTimeoutMs: 20_000,
    orphanSignal: 'SIGTERM',
    onLine: (line) => {
      lastLines.push(line)
      if (lastLines.length > 20) lastLines.shift()
      onLine?.(line)
    },
  })

  let ended = false
  void child.exited.then(() => (ended = true))
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  for (;;) {
    if (ended) throw new Error(`Orthanc did not start:\n${lastLines.join('\n')}`)
    const answer = await fetch(`http://127.0.0.1:${httpPort}/system`, { headers: { authorization } }).catch(
      () => null,
    )
    if (answer?.ok === true) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    process: child,
    url: `http://${user}:${password}@127.0.0.1:${httpPort}`,
    asRoot: account === null && process.getuid?.() === 0,
    stop: async () => void (await child.stop()),
  }
}

/** Also repairs a folder that an Orthanc of another user left. */
async function giveTo(directory: string, uid: number, gid: number) {
  const index = await stat(join(directory, 'storage', 'index')).catch(() => null)
  const everything = index !== null && index.uid !== uid ? [directory] : []
  const plugin = join(directory, 'plugin')
  const recursive = [...everything, ...((await stat(plugin).catch(() => null)) === null ? [] : [plugin])]
  for (const path of recursive) await run('chown', ['-R', '--no-dereference', `${uid}:${gid}`, path])
  for (const name of ['', 'orthanc.json', 'storage', 'spool', 'temporary']) {
    const path = join(directory, name)
    const found = await stat(path).catch(() => null)
    if (found !== null && found.uid !== uid) await chown(path, uid, gid)
  }
}
