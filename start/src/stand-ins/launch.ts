import { join } from 'node:path'
import type { Apps } from '../bitewing-apps.ts'
import { readEnvironment } from '../environment.ts'
import { launchSystem } from '../launch-system.ts'
import { lockDataFolder } from '../lock-data-folder.ts'
import { onStopRequest } from '../processes/on-stop-request.ts'

/**
 * For the launcher's own tests: real Postgres and Orthanc with small programs in the places of gateway, worker and
 * web, run as `npm start` runs the real ones. Prints one line of JSON when ready.
 */
const program = join(import.meta.dirname, 'app.ts')
const standIns: Apps = {
  prepare: async () => ({ ohifFolder: '', webBuild: '' }),
  commands: ({ environment, port }) =>
    ['gateway', 'worker'].map((name) => ({
      name,
      command: process.execPath,
      args: [program],
      env: { ...environment, NAME: name, PORT: name === 'gateway' ? String(port) : '0' },
    })),
}

const settings = readEnvironment(process.env)
const lock = await lockDataFolder(settings.dataFolder)
if (lock === null) {
  console.log('locked')
  process.exit(1)
}
const system = launchSystem(settings, { say: (line) => console.error(line), apps: standIns })
onStopRequest(() => void system.stop().then(() => process.exit(0)))
try {
  console.log(JSON.stringify(await system.ready))
} catch (error) {
  console.error(error)
  await system.stop()
  process.exit(1)
}
