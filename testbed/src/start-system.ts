import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '@bitewing/start/machine/free-port'
import { npmConfiguration } from '@bitewing/start/machine/npm-configuration'
import { startChild, type Child } from '@bitewing/start/processes/child'
import { projectRoot } from '@bitewing/start/project-root'
import { quickly } from '@bitewing/start/quickly'
import pg from 'pg'
import { temporaryFolder } from './temporary-folder.ts'

export type SystemOptions = {
  /**
   * The demo practice: with its people and token but `no-images` (default), with a few images of one patient, with
   * all (minutes), or no practice at all.
   */
  demo?: 'no-images' | 'few-images' | 'all-images' | 'no-practice'
  /**
   * Takes back the pictures that nobody waits for, AVIF among them, before the worker begins to make them: seconds of a
   * processor for each image. Who asks for one gets it.
   */
  withoutLargeRenditions?: boolean
  /** Further variables for `npm start`, such as STORAGE_URL. */
  environment?: Record<string, string>
}

/** `${DATA_DIR}/demo.json`; see docs for the contract. */
export type Demo = {
  url: string
  tenant: string
  users: { email: string; password: string; role: string }[]
  token: string
  aeTitle: string
}

export type TestSystem = {
  url: string
  demo: Demo
  dicomPort: number
  orthancPort: number
  dataFolder: string
  /** What `npm start` has said so far. */
  output(): readonly string[]
  /** Process ids of all that runs, by the name of the process: `gateway`, `worker`, `web`, `Orthanc`, `postgres`. */
  pids(name: string): Promise<number[]>
  /** Ends it and removes its state. */
  stop(): Promise<void>
}

/** All of Bitewing as `npm start` runs it, on free ports, with state that `stop()` removes. */
export async function startSystem(options: SystemOptions = {}): Promise<TestSystem> {
  const { demo = 'no-images' } = options
  const folder = await temporaryFolder('system')
  const dataFolder = join(folder.path, 'data')
  const [port, dicomPort, orthancPort] = [await freePort(), await freePort(), await freePort()]
  const images = { 'no-images': 'none', 'few-images': 'few', 'all-images': 'all', 'no-practice': 'none' }[
    demo
  ]
  const lines: string[] = []
  let told: () => void = () => undefined

  const child = await startChild({
    name: 'system',
    command: process.execPath,
    args: [...quickly, join(projectRoot, 'start', 'src', 'start.ts')],
    cwd: projectRoot,
    env: {
      ...pick(process.env, [
        'PATH',
        'HOME',
        'LANG',
        'TZ',
        'NODE_COMPILE_CACHE',
        'NODE_EXTRA_CA_CERTS',
        'HTTP_PROXY',
        'HTTPS_PROXY',
        'NO_PROXY',
      ]),
      ...npmConfiguration(process.env),
      PORT: String(port),
      DICOM_PORT: String(dicomPort),
      ORTHANC_PORT: String(orthancPort),
      DATA_DIR: dataFolder,
      BITEWING_DEMO: demo === 'no-practice' ? '0' : '1',
      BITEWING_DEMO_IMAGES: images,
      ...options.environment,
    },
    stopTimeoutMs: 60_000,
    orphanSignal: 'SIGTERM',
    onLine: (line) => {
      lines.push(line)
      told()
    },
  })
  let ended = false
  void child.exited.then(() => {
    ended = true
    told()
  })
  let takingBack: NodeJS.Timeout | undefined
  const stop = async () => {
    clearInterval(takingBack)
    await child.stop()
    await folder.remove()
  }

  const wanted = images === 'none' ? 'Bitewing is ready' : 'The demo practice has its'
  while (!lines.some((line) => line.startsWith(wanted))) {
    if (ended) {
      await folder.remove()
      throw new Error(`The system did not start:\n${lines.join('\n')}`)
    }
    await new Promise<void>((resolve) => (told = resolve))
  }

  if (options.withoutLargeRenditions) {
    const { environment } = JSON.parse(await readFile(join(dataFolder, 'runtime.json'), 'utf8')) as {
      environment: { DATABASE_URL: string } // written by npm start
    }
    // tests end the database at times: what one turn misses the next one takes
    const take = () => takeBackLargeRenditions(environment.DATABASE_URL).catch(() => {})
    takingBack = setInterval(() => void take(), takeBackEveryMs).unref()
  }
  const url = `http://localhost:${port}`
  return {
    url,
    demo: demo === 'no-practice' ? emptyDemo(url) : await readDemo(dataFolder),
    dicomPort,
    orthancPort,
    dataFolder,
    output: () => lines,
    pids: (name) => pidsOf(child, name),
    stop,
  }
}

/** Less than the delay after which the worker begins to make them. */
const takeBackEveryMs = 8000

async function takeBackLargeRenditions(databaseUrl: string): Promise<void> {
  const client = new pg.Client(databaseUrl)
  client.on('error', () => {}) // the query that it breaks says so
  await client.connect()
  try {
    await client.query(
      `DELETE FROM pgboss.job WHERE name = 'make-large-renditions' AND state IN ('created', 'retry')`,
    )
  } finally {
    await client.end()
  }
}

async function readDemo(dataFolder: string): Promise<Demo> {
  return JSON.parse(await readFile(join(dataFolder, 'demo.json'), 'utf8')) as Demo // written by npm start
}

function emptyDemo(url: string): Demo {
  return { url, tenant: '', users: [], token: '', aeTitle: '' }
}

/** Children of the launcher whose command line names it, and then theirs: a gateway has several processes. */
async function pidsOf(launcher: Child, name: string): Promise<number[]> {
  const patterns: Readonly<Record<string, RegExp>> = {
    gateway: /gateway\/src\/main\.ts/,
    worker: /gateway\/src\/worker\.ts/,
    web: /web\/serve\.ts/,
    Orthanc: /Orthanc\0/,
    postgres: /postgres\0-D\0/,
  }
  const pattern = patterns[name]
  if (pattern === undefined) throw new Error(`There is no process called ${name}`)
  const parents = new Map<number, number>()
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    if (!pattern.test(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))) continue
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    parents.set(pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
  }
  const below = (parent: number) => [...parents].flatMap(([pid, its]) => (its === parent ? [pid] : []))
  const first = below(launcher.pid)
  return name === 'gateway' ? [...first, ...first.flatMap(below)] : first
}

function pick(environment: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
