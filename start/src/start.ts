import { join } from 'node:path'
import { demoDay } from './demo-day.ts'
import { demoImages } from './demo-images.ts'
import { demoOrthodontics } from './demo-orthodontics.ts'
import { demoPlans } from './demo-plans.ts'
import { demoPractice } from './demo-practice.ts'
import { traceDemo } from './demo-tracings.ts'
import { readEnvironment, type Settings } from './environment.ts'
import { launchSystem, type Launched } from './launch-system.ts'
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
  const stopping = new AbortController()
  try {
    const launched = await Promise.race([system.ready, stopRequested])
    if (launched === 'stop') return 0
    await welcome(settings, launched, stopping.signal)
    await stopRequested
    say('Stopping')
    return 0
  } catch (error) {
    say(error instanceof Error ? error.message : 'The system could not be started')
    return 1
  } finally {
    stopping.abort()
    await system.stop()
    endDescendants()
    lock.release()
  }
}

async function welcome(settings: Settings, launched: Launched, signal: AbortSignal): Promise<void> {
  const { dataFolder } = settings
  const { url, publicUrl, environment, dicomPort } = launched
  const practice = settings.demo ? await demoPractice({ dataFolder, url: publicUrl, environment }) : null

  say('')
  say(`Bitewing is ready: ${publicUrl}`)
  if (dicomPort !== null) say(`X-ray machines send to port ${dicomPort} of this machine`)
  say(`State is in ${dataFolder}, logs in ${join(dataFolder, 'logs')}. Ctrl-C ends it.`)
  if (practice === null) return

  if (practice.made) {
    say('')
    say('A demo practice was made. Log in as one of its people (also in demo.json in the data folder):')
    const width = Math.max(...practice.demo.users.map(({ email }) => email.length))
    for (const { email, password, role } of practice.demo.users)
      say(`  ${email.padEnd(width)}  ${password}  (${role})`)
    say('')
  } else {
    say(`The people of the demo practice and their passwords are in ${join(dataFolder, 'demo.json')}`)
  }
  if (settings.demoImages === 'none') return
  void demoImages({ dataFolder, demo: practice.demo, url, images: settings.demoImages, say, signal })
    .then(async () => {
      // patients come with their images, and plans name both
      const ownerUrl = environment['DATABASE_OWNER_URL']
      if (ownerUrl === undefined) return
      await demoPlans({ dataFolder, databaseUrl: ownerUrl })
      await demoOrthodontics({ databaseUrl: ownerUrl })
      await traceDemo({ databaseUrl: ownerUrl })
      await demoDay({ databaseUrl: ownerUrl })
    })
    .catch((error: unknown) => {
      if (!signal.aborted) say(error instanceof Error ? error.message : "The demo's images could not be made")
    })
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
