import { join } from 'node:path'
import { buildWeb } from './build-web.ts'
import { installOhif } from './ohif/install-ohif.ts'
import { ohifRelease } from './ohif/ohif-release.ts'
import { projectRoot } from './project-root.ts'
import { quickly } from './quickly.ts'

export type AppCommand = {
  name: string
  command: string
  args: readonly string[]
  /** Beside what every child gets. */
  env: Readonly<Record<string, string>>
}

type Prepared = {
  ohifFolder: string
  /** Folder of the web app's build, below `web/build`. */
  webBuild: string
}

export type Apps = {
  /** What has to be built or fetched before the commands can run. */
  prepare(options: { say: (line: string) => void; signal: AbortSignal }): Promise<Prepared>
  commands(
    options: Prepared & {
      /** Addresses and secrets of Postgres, Orthanc, the object store and the master key. */
      environment: Readonly<Record<string, string>>
      /** 32 bytes in base64: seals people's second factors, for the web app alone. */
      accountKey: string
      host: string
      port: number
      /** Loopback port of the web app, which the gateway proxies to. */
      webPort: number
      /** What people are told that X-ray machines send to. */
      dicomPort: number
    },
  ): AppCommand[]
}

/** Gateway, worker and web app of this checkout; each gets the variables that it reads, and no others. */
export const bitewingApps: Apps = {
  async prepare({ say, signal }) {
    const ohifFolder = join(projectRoot, '.cache', ohifRelease.name)
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('The system is being stopped')), { once: true })
    })
    const fetched = installOhif(ohifFolder, { log: say })
    fetched.catch(() => undefined) // may lose the race below
    const [webBuild] = await Promise.all([buildWeb({ say, signal }), Promise.race([fetched, aborted])])
    return { ohifFolder, webBuild }
  },

  commands({ ohifFolder, webBuild, environment, accountKey, host, port, webPort, dicomPort }) {
    const node = (script: string) => ({ command: process.execPath, args: [...quickly, script] })
    return [
      {
        name: 'gateway',
        ...node(join(projectRoot, 'gateway', 'src', 'main.ts')),
        env: {
          ...environment,
          PORT: String(port),
          HOST: host,
          OHIF_DIR: ohifFolder,
          WEB_URL: `http://127.0.0.1:${webPort}`,
        },
      },
      { name: 'worker', ...node(join(projectRoot, 'gateway', 'src', 'worker.ts')), env: environment },
      {
        name: 'web',
        ...node(join(projectRoot, 'web', 'serve.ts')),
        env: {
          PORT: String(webPort),
          WEB_BUILD: webBuild,
          DICOM_PORT: String(dicomPort),
          GATEWAY_URL: gatewayUrl(host, port),
          ACCOUNT_KEY: accountKey,
          ...pick(environment, ['DATABASE_URL', 'PUBLIC_URL', 'LOG_LEVEL', 'TRUSTED_PROXY', 'CDN_URL']),
        },
      },
    ]
  },
}

/** Where another process of this machine finds the gateway. */
function gatewayUrl(host: string, port: number): string {
  const everywhere = host === '0.0.0.0' || host === '::'
  return `http://${everywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}`
}

function pick(
  environment: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => names.includes(name)))
}
