import { join } from 'node:path'
import { freePort } from '@bitewing/start/machine/free-port'
import { randomSecret } from '@bitewing/start/machine/secret'
import { embeddedConfiguration } from '@bitewing/start/orthanc/embedded-configuration'
import { startOrthanc as launch, type Orthanc } from '@bitewing/start/orthanc/start-orthanc'
import { temporaryFolder } from './temporary-folder.ts'

export type TestOrthancOptions = {
  /** With the hook of `orthanc/` (Python and Lua); without it by default. */
  plugin?: boolean
  /** Goes over the configuration, last word. */
  configuration?: Record<string, unknown>
  /** Called with Orthanc's folder before each start, to put files (a script, say) in it. */
  prepare?: (directory: string) => Promise<void>
}

export type TestOrthanc = {
  /** Base URL without credentials. */
  url: string
  /** Base URL with user and password in it, as the gateway takes it. */
  urlWithCredentials: string
  user: string
  password: string
  /** Value of an Authorization header. */
  authorization: string
  httpPort: number
  dicomPort: number
  /** Folder with `orthanc.json` and `storage/`. */
  directory: string
  /** Where the hook hands over duplicates, with `plugin`. */
  spoolDirectory: string
  /** Lines of its log so far, of every start. */
  log(): readonly string[]
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** Ends it in good order; state stays for `restart`. */
  pause(): Promise<void>
  /** Starts it again on the same ports and state; what is given goes over the configuration, this time. */
  restart(configuration?: Record<string, unknown>): Promise<void>
  /** Ends it at once and removes its state. */
  stop(): Promise<void>
}

/** A real Orthanc of its own, on free loopback ports, with state that `stop()` removes. */
export async function startOrthanc(options: TestOrthancOptions = {}): Promise<TestOrthanc> {
  const folder = await temporaryFolder('orthanc')
  const directory = join(folder.path, 'orthanc')
  const [httpPort, dicomPort] = [await freePort(), await freePort()]
  const [user, password] = ['bitewing', randomSecret()]
  const lines: string[] = []

  const start = (again: Record<string, unknown> = {}) =>
    launch({
      directory,
      httpPort,
      user,
      password,
      onLine: (line) => lines.push(line),
      async configuration(seenFolder) {
        const base = await embeddedConfiguration({
          directory,
          folder: seenFolder,
          httpPort,
          dicomPort,
          user,
          password,
          hook: options.plugin ?? false,
          durable: false,
        })
        await options.prepare?.(directory)
        return { ...base, ...options.configuration, ...again }
      },
    })

  let running: Orthanc = await start()
  return {
    url: `http://127.0.0.1:${httpPort}`,
    urlWithCredentials: running.url,
    user,
    password,
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    httpPort,
    dicomPort,
    directory,
    spoolDirectory: join(directory, 'spool'),
    log: () => lines,
    async kill() {
      await running.process.kill()
    },
    async pause() {
      await running.stop()
    },
    async restart(configuration) {
      running = await start(configuration)
    },
    async stop() {
      await running.process.kill() // nothing of it is kept: an orderly end takes it more than three seconds
      await folder.remove()
    },
  }
}
