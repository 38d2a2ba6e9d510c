import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort, temporaryFolder } from '@bitewing/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { quickly } from './quickly.ts'

/**
 * The launcher in a process of its own, with real Postgres and Orthanc, and small programs for the apps. The tests follow
 * one another on one data folder.
 */
type Launcher = {
  process: ChildProcess
  /** First line of standard output: facts in JSON, or `locked`. */
  line: Promise<string>
  output(): string
  exited: Promise<unknown>
}

const folder = await temporaryFolder('launch')
const dataFolder = join(folder.path, 'data')
const launchers: Launcher[] = []
let ports: { PORT: string; DICOM_PORT: string; ORTHANC_PORT: string }

function launch(environment: Record<string, string> = {}): Launcher {
  const process_ = spawn(
    process.execPath,
    [...quickly, join(import.meta.dirname, 'stand-ins', 'launch.ts')],
    {
      env: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
        DATA_DIR: dataFolder,
        ...ports,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  process_.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exited = once(process_, 'exit')
  const line = new Promise<string>((resolve) => {
    createInterface({ input: process_.stdout }).once('line', resolve)
    void exited.then(() => resolve(''))
  })
  const launcher = { process: process_, line, output: () => output, exited }
  launchers.push(launcher)
  return launcher
}

const url = () => `http://127.0.0.1:${ports.PORT}`

/** Process ids of all that runs for this data folder: by its folder, or by a parent that does. */
function processesOf(launcher: Launcher): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    try {
      const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ')
      if (state !== 'Z') parents.set(pid, Number(parent))
    } catch {
      // gone meanwhile
    }
  }
  const below = (pid: number): boolean => {
    const parent = parents.get(pid)
    return parent !== undefined && (parent === launcher.process.pid || below(parent))
  }
  return [...parents.keys()].filter(below)
}

async function allGone(pids: readonly number[], withinMs = 30_000): Promise<boolean> {
  for (const end = Date.now() + withinMs; Date.now() < end;) {
    if (pids.every((pid) => !isAlive(pid))) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return false
}

/**
 * Nothing is left when a launcher has ended in order. Only its guard, which waits for the launcher's own end, may take
 * a moment more.
 */
async function expectOrderlyEnd(pids: readonly number[]): Promise<void> {
  const guard = '/bin/sh\0-c\0\ntrap'
  const left = pids.filter(isAlive).map((pid) => commandOf(pid))
  expect(left.filter((command) => command !== '' && !command.startsWith(guard))).toEqual([])
  expect(await allGone(pids, 5000)).toBe(true)
}

/** A process' program and arguments, each ended by NUL; empty for one that is gone. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

function isAlive(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3) !== 'Z'
  } catch {
    return false
  }
}

beforeAll(async () => {
  const [PORT, DICOM_PORT, ORTHANC_PORT] = await Promise.all([freePort(), freePort(), freePort()])
  ports = { PORT: String(PORT), DICOM_PORT: String(DICOM_PORT), ORTHANC_PORT: String(ORTHANC_PORT) }
})
afterAll(async () => {
  for (const { process: left, exited } of launchers) {
    if (left.exitCode === null && left.signalCode === null) {
      left.kill('SIGTERM')
      await exited
    }
  }
  await folder.remove()
})

let system: Launcher
let environment: Record<string, string>
async function started(launcher: Launcher): Promise<void> {
  system = launcher
  const facts = JSON.parse(await launcher.line) as { environment: Record<string, string> }
  environment = facts.environment
  expect((await fetch(`${url()}/readyz`)).status).toBe(200)
}

test('a child gets the variables it needs, and nothing else that the launcher was given', async () => {
  await started(launch({ SECRET_OF_SOMEBODY_ELSE: 'x', AWS_REGION: 'ca-central-1' }))

  const given = (await (await fetch(`${url()}/environment`)).json()) as Record<string, string>
  expect(given['AWS_REGION']).toBe('ca-central-1')
  expect(given['DATABASE_URL']).toContain('bitewing_app')
  expect(given).not.toHaveProperty('SECRET_OF_SOMEBODY_ELSE')
  expect(given).not.toHaveProperty('DATABASE_OWNER_URL')
})

test('passwords lie in files that only this user can read', async () => {
  for (const file of [
    'runtime.json',
    'secrets/orthanc',
    'secrets/master-key',
    'postgres/superuser-password',
    'orthanc/orthanc.json',
  ]) {
    const { mode } = await stat(join(dataFolder, file))
    expect(mode & 0o077, file).toBe(0)
  }
  const log = await readFile(join(dataFolder, 'logs', 'postgres.log'), 'utf8')
  expect(log).not.toContain((await readFile(join(dataFolder, 'secrets', 'database-app'), 'utf8')).trim())
})

test('a second launcher on the same data folder is refused while the first runs', async () => {
  expect(await launch().line).toBe('locked')
  expect((await fetch(`${url()}/readyz`)).status).toBe(200)
})

test('SIGTERM ends every process, and the next start finds its state', async () => {
  const before = environment['DATABASE_URL']
  const pids = processesOf(system)
  expect(pids.length).toBeGreaterThan(6) // Postgres and its workers, Orthanc, two apps and a child of each

  system.process.kill('SIGTERM')
  await system.exited
  expect(system.process.exitCode).toBe(0)
  await expectOrderlyEnd(pids)

  await started(launch())
  expect(environment['DATABASE_URL']).toBe(before)
})

test('an app that crashes, Postgres and Orthanc killed outright: each is started again', async () => {
  const earlier = await (await fetch(url())).text()
  await fetch(`${url()}/crash`).catch(() => null)
  await expect
    .poll(
      () =>
        fetch(url())
          .then((answer) => answer.text())
          .catch(() => earlier),
      { timeout: 50_000 },
    )
    .not.toBe(earlier)

  const programs = processesOf(system).map((pid) => ({
    pid,
    command: commandOf(pid),
  }))
  const postgres = programs.find(({ command }) => command.includes('\0-D\0/proc/self/cwd\0'))
  const orthanc = programs.find(({ command }) => command.startsWith('/usr/sbin/Orthanc'))
  for (const program of [postgres, orthanc]) process.kill(program?.pid ?? Number.NaN, 'SIGKILL')

  const orthancUrl = new URL('/system', environment['ORTHANC_URL'])
  const authorization = `Basic ${Buffer.from(`${orthancUrl.username}:${orthancUrl.password}`).toString('base64')}`
  const address = `http://${orthancUrl.host}/system`
  const status = () =>
    fetch(address, { headers: { authorization } }).then(
      ({ status }) => status,
      () => 0,
    )
  await expect.poll(status, { timeout: 50_000 }).toBe(200)
  expect(system.output()).toMatch(/Postgres ended unexpectedly \(SIGKILL\)/)
})

test('kill -9 of the launcher leaves no process behind', async () => {
  const pids = processesOf(system)
  expect(pids.length).toBeGreaterThan(6)

  system.process.kill('SIGKILL')
  await system.exited
  expect(await allGone(pids)).toBe(true) // also the apps' own children
})

test('a stop in the middle of the next start ends what had started', async () => {
  const launcher = launch()
  await expect.poll(() => launcher.output(), { timeout: 50_000 }).toContain('Starting Orthanc')
  await expect.poll(() => processesOf(launcher).length, { timeout: 50_000 }).toBeGreaterThan(1)
  const pids = processesOf(launcher)

  launcher.process.kill('SIGINT')
  await launcher.exited
  await expectOrderlyEnd(pids)
})

test('a port that is taken is named with the variable that moves it, and nothing keeps running', async () => {
  const other = createServer().listen(Number(ports.DICOM_PORT), '127.0.0.1')
  await once(other, 'listening')
  try {
    const launcher = launch()
    await launcher.exited
    expect(launcher.process.exitCode).toBe(1)
    expect(launcher.output()).toContain(`Port ${ports.DICOM_PORT}`)
    expect(launcher.output()).toContain('DICOM_PORT')
  } finally {
    other.close()
  }
})
