import { chmod, cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startOrthanc as launch } from '@bitewing/start/orthanc/start-orthanc'
import { freePort, temporaryFolder } from '@bitewing/testbed'
import { orthancConfiguration, type OrthancHook } from './orthanc-configuration.ts'

const user = 'bitewing'
const password = 'only-for-this-test'

/** A real Orthanc as production configures it, with the hook or without, on free ports and throwaway state. */
export async function startConfiguredOrthanc({
  hook = true,
  freeBytesMin = 1024 * 1024,
  pythonScript = 'import arrival_hook',
  also = {},
}: {
  hook?: boolean
  freeBytesMin?: number
  /** Run in place of the hook; should import it. */
  pythonScript?: string
  /** Goes over the configuration. */
  also?: Record<string, unknown>
} = {}) {
  const folder = await temporaryFolder('orthanc')
  const directory = join(folder.path, 'orthanc')
  const spool = join(directory, 'spool')
  const plugin = join(directory, 'plugin')
  const [httpPort, dicomPort] = [await freePort(), await freePort()]
  const lines: string[] = []

  for (const name of ['storage', 'temporary', 'spool', 'plugin']) {
    await mkdir(join(directory, name), { recursive: true })
  }
  // Orthanc may run as a user that cannot reach the checkout.
  for (const script of ['arrival_hook.py', 'called_ae_title.lua']) {
    await cp(join(import.meta.dirname, script), join(plugin, script))
    await chmod(join(plugin, script), 0o644)
  }
  await writeFile(join(plugin, 'test_hook.py'), pythonScript, { mode: 0o644 })
  const start = () =>
    launch({
      directory,
      httpPort,
      user,
      password,
      onLine: (line) => lines.push(line),
      configuration: (seen) => {
        const withHook: OrthancHook = {
          pythonPlugin: '/usr/share/orthanc/plugins/libOrthancPython.so',
          scriptsDirectory: join(seen, 'plugin'),
          spoolDirectory: join(seen, 'spool'),
          freeBytesMin,
        }
        const configuration = orthancConfiguration({
          storageDirectory: join(seen, 'storage'),
          temporaryDirectory: join(seen, 'temporary'),
          httpPort,
          dicomPort,
          user,
          password,
          durable: false,
          hook: hook ? withHook : null,
        })
        const PythonScript = join(seen, 'plugin', 'test_hook.py')
        return Promise.resolve({ ...configuration, ...(hook ? { PythonScript } : {}), ...also })
      },
    })

  let running = await start()
  return {
    directory,
    spool,
    dicomPort,
    url: running.url,
    log: () => lines,
    async kill() {
      await running.process.kill()
    },
    async restart() {
      running = await start()
    },
    async stop() {
      await running.stop()
      await folder.remove()
    },
  }
}
