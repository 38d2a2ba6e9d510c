import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { migrate } from '@bitewing/db'
import { bitewingApps, type Apps } from './bitewing-apps.ts'
import { childEnvironment } from './child-environment.ts'
import type { Settings } from './environment.ts'
import { freePort } from './machine/free-port.ts'
import { keepSecret } from './machine/keep-secret.ts'
import { embeddedConfiguration } from './orthanc/embedded-configuration.ts'
import { startOrthanc } from './orthanc/start-orthanc.ts'
import { portsInUse } from './ports-in-use.ts'
import { appRole, ownerRole, prepareRoles } from './postgres/prepare-roles.ts'
import { startCluster } from './postgres/start-cluster.ts'
import { startChild } from './processes/child.ts'
import { keepRunning, type Kept } from './processes/keep-running.ts'
import { openLogFile, type LogFile } from './processes/log-file.ts'
import { projectRoot } from './project-root.ts'
import { writeRuntimeFacts } from './runtime-facts.ts'
import { waitUntilReady } from './wait-until-ready.ts'

type Options = {
  say: (line: string) => void
  /** What to run beside Postgres and Orthanc; tests run something smaller. */
  apps?: Apps
}

/** How to reach the system that was launched; `environment` holds secrets. */
export type Launched = {
  /** On this machine. */
  url: string
  publicUrl: string
  dicomPort: number | null
  environment: Readonly<Record<string, string>>
}

export type System = {
  /** Resolved when `/readyz` says so; rejected when the system could not be started. */
  readonly ready: Promise<Launched>
  /** Ends everything, in order: what serves requests, then Orthanc, then Postgres. Also half-way through a start. */
  stop(): Promise<void>
}

/** Starts all of Bitewing on one data folder, whose lock the caller holds, and keeps it running. */
export function launchSystem(settings: Settings, { say, apps = bitewingApps }: Options): System {
  const stopping = new AbortController()
  const kept: { apps: Kept[]; orthanc: Kept | null; postgres: Kept | null } = {
    apps: [],
    orthanc: null,
    postgres: null,
  }
  const { dataFolder } = settings
  const logs = new Map<string, LogFile>()
  const log = (name: string) => {
    const file = logs.get(name) ?? openLogFile(join(dataFolder, 'logs', `${name}.log`))
    logs.set(name, file)
    return file
  }

  async function launch(): Promise<Launched> {
    const taken = await portsInUse(settings)
    if (taken.length > 0) throw new Error(taken.join('\n'))
    const port = settings.port || (await freePort())
    const secrets = (name: string) => keepSecret(join(dataFolder, 'secrets', name))

    // Everything below takes its time on the first start and none later: side by side.
    const steps = [
      startDatabase(secrets),
      startArchive(secrets),
      apps.prepare({ say, signal: stopping.signal }),
    ] as const
    await firstFailure(steps, stopping)
    const [database, orthanc, prepared] = await Promise.all(steps)
    stopping.signal.throwIfAborted()

    const publicUrl = settings.publicUrl ?? `http://localhost:${port}`
    const environment = {
      DATABASE_URL: database.url,
      ORTHANC_URL: orthanc.url,
      STORAGE_URL: settings.storageUrl,
      PUBLIC_URL: publicUrl,
      SPOOL_DIR: join(dataFolder, 'orthanc', 'spool'),
      ...(await masterKey()),
      ...settings.handedOn,
    }
    await mkdir(environment.SPOOL_DIR, { recursive: true, mode: 0o700 })
    const webPort = await freePort()
    const { host } = settings
    const dicomPort = orthanc.dicomPort ?? settings.dicomPort
    const accountKey =
      settings.accountKey ??
      (await keepSecret(join(dataFolder, 'secrets', 'account-key'), () => randomBytes(32).toString('base64')))
    const given = { ...prepared, environment, accountKey, host, port, webPort, dicomPort }
    for (const app of apps.commands(given)) {
      stopping.signal.throwIfAborted()
      kept.apps.push(
        await keepRunning({
          name: app.name,
          say,
          start: () =>
            startChild({
              ...app,
              cwd: projectRoot,
              env: { ...childEnvironment(process.env), ...app.env },
              onLine: (line) => log(app.name).write(line),
            }),
        }),
      )
    }

    const url = `http://${urlHost(host)}:${port}`
    const operator = {
      ...environment,
      ...(database.ownerUrl === null ? {} : { DATABASE_OWNER_URL: database.ownerUrl }),
    }
    await writeRuntimeFacts(dataFolder, {
      pid: process.pid,
      url,
      publicUrl,
      dicomPort,
      environment: operator,
    })
    await waitUntilReady({ url, say, signal: stopping.signal, givenUp: () => givenUp(kept.apps) })
    return { url, publicUrl, dicomPort: orthanc.dicomPort, environment: operator }
  }

  type Secrets = (name: string) => Promise<string>

  async function startDatabase(secrets: Secrets): Promise<{ url: string; ownerUrl: string | null }> {
    if (settings.databaseUrl !== null) {
      if (settings.databaseOwnerUrl !== null) await migrate({ ownerUrl: settings.databaseOwnerUrl })
      return { url: settings.databaseUrl, ownerUrl: settings.databaseOwnerUrl }
    }

    const start = (samePort: boolean) =>
      startCluster({
        directory: join(dataFolder, 'postgres'),
        userName: settings.postgresUser,
        samePort,
        onLine: (line) => log('postgres').write(line),
      })
    say('Starting Postgres')
    const cluster = await start(false)
    let first = true
    kept.postgres = await keepRunning({
      name: 'Postgres',
      say,
      async start() {
        const process_ = first ? cluster.process : (await start(true)).process
        first = false
        return process_
      },
    })
    const [ownerPassword, appPassword] = [await secrets('database-owner'), await secrets('database-app')]
    await prepareRoles(cluster.superuserUrl('postgres'), { ownerPassword, appPassword }, 'bitewing')
    const url = (role: string, password: string) =>
      `postgres://${role}:${password}@127.0.0.1:${cluster.port}/bitewing`
    const ownerUrl = url(ownerRole, ownerPassword)
    await migrate({ ownerUrl })
    return { url: url(appRole, appPassword), ownerUrl }
  }

  async function startArchive(secrets: Secrets): Promise<{ url: string; dicomPort: number | null }> {
    if (settings.orthancUrl !== null) return { url: settings.orthancUrl, dicomPort: null }

    const directory = join(dataFolder, 'orthanc')
    const httpPort = settings.orthancPort || (await freePort())
    const dicomPort = settings.dicomPort || (await freePort())
    const [user, password] = ['bitewing', await secrets('orthanc')]
    const start = () =>
      startOrthanc({
        directory,
        httpPort,
        user,
        password,
        configuration: (folder) =>
          embeddedConfiguration({ directory, folder, httpPort, dicomPort, user, password, hook: true }),
        onLine: (line) => log('orthanc').write(line),
      })
    say('Starting Orthanc')
    const orthanc = await start()
    if (orthanc.asRoot)
      say('Orthanc runs as root here. A DATA_DIR outside of closed folders such as /root avoids it.')
    let first = true
    kept.orthanc = await keepRunning({
      name: 'Orthanc',
      say,
      async start() {
        const process_ = first ? orthanc.process : (await start()).process
        first = false
        return process_
      },
    })
    return { url: orthanc.url, dicomPort }
  }

  async function masterKey(): Promise<Record<string, string>> {
    if (settings.masterKey !== null) return settings.masterKey
    const file = join(dataFolder, 'secrets', 'master-key')
    await keepSecret(file, () => randomBytes(32).toString('base64'))
    return { MASTER_KEY_FILE: file }
  }

  function givenUp(running: readonly Kept[]): string | null {
    const failing = running.find((app) => app.ends() >= 4)
    if (failing === undefined) return null
    return `${failing.name} does not stay up:\n${log(failing.name).lastLines().join('\n')}`
  }

  const ready = launch()
  ready.catch(() => undefined) // the caller awaits it; a stop may come first

  let stopped: Promise<void> | null = null
  async function stop() {
    stopping.abort(new Error('The system is being stopped'))
    await ready.catch(() => undefined)
    await Promise.all(kept.apps.map((app) => app.stop()))
    await kept.orthanc?.stop()
    await kept.postgres?.stop()
  }
  return { ready, stop: () => (stopped ??= stop()) }
}

/**
 * Waits for every step, also after one has failed: what started meanwhile is then known, and can be stopped.
 *
 * @throws the first failure; the others, told to give up, only echo it
 */
async function firstFailure(steps: readonly Promise<unknown>[], stopping: AbortController): Promise<void> {
  const failures: unknown[] = []
  await Promise.all(
    steps.map((step) =>
      step.catch((failure: unknown) => {
        failures.push(failure)
        stopping.abort(failure)
      }),
    ),
  )
  if (failures.length > 0) throw failures[0]
}

/** An address to bind as a host to connect to. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
