import { spawn } from 'node:child_process'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { readEnvironment, type Settings } from './environment.ts'
import { lockDataFolder } from './lock-data-folder.ts'
import { startCluster } from './postgres/start-cluster.ts'
import { projectRoot } from './project-root.ts'
import { quickly } from './quickly.ts'
import { readRuntimeFacts } from './runtime-facts.ts'

/**
 * `npm run bitewing`: the operator's CLI with the environment of the system on the data folder, or of the one that
 * DATABASE_URL names. A system that is not running gets its Postgres for the time of the command. Standard output
 * is the CLI's alone.
 */
async function main(): Promise<number> {
  const args = process.argv.slice(2)
  const asksForHelp =
    args.length === 0 || args.includes('--help') || args.includes('-h') || args[0] === 'help'
  const settings = readEnvironment(process.env)
  if (asksForHelp || settings.databaseUrl !== null) return runCli(args, {})

  for (;;) {
    const lock = await lockDataFolder(settings.dataFolder)
    if (lock !== null) {
      try {
        return await withDatabase(settings, (environment) => runCli(args, environment))
      } finally {
        lock.release()
      }
    }
    const facts = await readRuntimeFacts(settings.dataFolder)
    if (facts !== null && isAlive(facts.pid)) return runCli(args, facts.environment)
    await new Promise((resolve) => setTimeout(resolve, 250)) // starting, or another command at work
  }
}

async function withDatabase(
  { dataFolder, postgresUser }: Settings,
  work: (environment: Record<string, string>) => Promise<number>,
): Promise<number> {
  const facts = await readRuntimeFacts(dataFolder)
  const directory = join(dataFolder, 'postgres')
  const embedded = await access(directory).then(
    () => true,
    () => false,
  )
  if (facts === null) return work({}) // never started: the CLI says what to do
  if (!embedded) return work(facts.environment)

  const cluster = await startCluster({ directory, userName: postgresUser })
  try {
    const environment = { ...facts.environment }
    for (const name of ['DATABASE_URL', 'DATABASE_OWNER_URL']) {
      const url = URL.parse(environment[name] ?? '')
      if (url === null) continue
      url.port = String(cluster.port)
      environment[name] = url.href
    }
    return await work(environment)
  } finally {
    await cluster.stop()
  }
}

async function runCli(args: readonly string[], environment: Record<string, string>): Promise<number> {
  const child = spawn(process.execPath, [...quickly, join(projectRoot, 'cli', 'src', 'main.ts'), ...args], {
    stdio: 'inherit',
    env: { ...environment, ...process.env },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : 'It failed.')
  return 1
})
