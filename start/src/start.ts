import { join } from 'node:path'
import { readEnvironment, type Settings } from './environment.ts'
import { launchSystem } from './launch-system.ts'
import { lockDataFolder } from './lock-data-folder.ts'
import { ensureSystemPackages } from './machine/ensure-system-packages.ts'
import { orthancPackages } from './machine/system-packages.ts'
import { endDescendants } from './processes/end-descendants.ts'
import { onStopRequest } from './processes/on-stop-request.ts'
import { readRuntimeFacts } from './runtime-facts.ts'

/** `npm start`: everything on this machine, until Ctrl-C, SIGTERM or the end of the process that started this one. */
async function main(): Promise<number> {
  const settings = readEnvironment(process.env)
  const lock = await lockDataFolder(settings.dataFolder)
  if (lock === null) {
    say(await whoHasIt(settings))
    return 1
  }

  let requestStop: () => void = () => undefined
  const stopRequested = new Promise<'stop'>((resolve) => {
    requestStop = () => resolve('stop')
  })
  onStopRequest(requestStop)

  await ensureSystemPackages(settings.orthancUrl === null ? orthancPackages : [], say)
  const system = launchSystem(settings, { say })
  try {
    const launched = await Promise.race([system.ready, stopRequested])
    if (launched !== 'stop') {
      say(`Bitewing is ready: ${launched.publicUrl}`)
      if (launched.dicomPort !== null) say(`X-ray machines send to port ${launched.dicomPort}`)
      say(`State is in ${settings.dataFolder}, logs in ${join(settings.dataFolder, 'logs')}. Ctrl-C ends it.`)
      await stopRequested
    }
    say('Stopping')
    return 0
  } catch (error) {
    say(error instanceof Error ? error.message : 'The system could not be started')
    return 1
  } finally {
    await system.stop()
    endDescendants()
    lock.release()
  }
}

async function whoHasIt({ dataFolder }: Settings): Promise<string> {
  const facts = await readRuntimeFacts(dataFolder).catch(() => null)
  const by = facts === null ? '' : ` (process ${facts.pid}, ${facts.url})`
  return `Bitewing is running on ${dataFolder} already${by}. Another one needs a DATA_DIR and ports of its own.`
}

function say(line: string) {
  console.log(line)
}

process.exitCode = await main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : 'Bitewing could not be started')
  endDescendants()
  return 1
})
process.exit()
