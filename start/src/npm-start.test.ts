import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, temporaryFolder } from '@bitewing/testbed'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { npmConfiguration } from './machine/npm-configuration.ts'
import { projectRoot } from './project-root.ts'

/** `npm start` and the commands beside it, as people type them. The tests follow one another on one system. */
const run = promisify(execFile)
const folder = await temporaryFolder('npm-start')
const dataFolder = join(folder.path, 'data')
let environment: Record<string, string>
let url: string
let npm: ReturnType<typeof start>

function start() {
  const child = spawn('npm', ['start'], {
    cwd: projectRoot,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return { child, exited: once(child, 'exit'), output: () => output }
}

const readiness = () =>
  fetch(`${url}/readyz`).then(
    ({ status }) => status,
    () => 0,
  )

const bitewing = (...args: string[]) =>
  run('npm', ['run', '--silent', 'bitewing', '--', ...args], { cwd: projectRoot, env: environment })

/** All processes that were told of this data folder or work in it: nobody else's. */
function processes(): number[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid) return []
    try {
      const told = readFileSync(`/proc/${pid}/environ`, 'utf8') + readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      return `${told}${readlinkSync(`/proc/${pid}/cwd`)}`.includes(dataFolder) ? [pid] : []
    } catch {
      return []
    }
  })
}

/** @throws when it is not so within `timeout` milliseconds */
const until = (condition: () => Promise<boolean>, timeout: number) =>
  vi.waitUntil(condition, { timeout, interval: 250 })

beforeAll(async () => {
  const [PORT, DICOM_PORT, ORTHANC_PORT] = [await freePort(), await freePort(), await freePort()]
  url = `http://localhost:${PORT}`
  environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '/',
    ...npmConfiguration(process.env),
    PORT: String(PORT),
    DICOM_PORT: String(DICOM_PORT),
    ORTHANC_PORT: String(ORTHANC_PORT),
    DATA_DIR: dataFolder,
    BITEWING_DEMO_IMAGES: 'none',
  }
  npm = start()
  await until(async () => npm.output().includes('owner@demo.example') || npm.child.exitCode !== null, 400_000)
}, 440_000)
afterAll(async () => {
  npm.child.kill('SIGTERM')
  await npm.exited
  await until(async () => processes().length === 0, 60_000)
  await folder.remove()
})

test('demo.json tells how to reach the demo practice, to this user only', async () => {
  const demo = JSON.parse(await readFile(join(dataFolder, 'demo.json'), 'utf8')) as Record<string, unknown>

  expect(demo).toMatchObject({ url, tenant: 'demo', aeTitle: 'DEMO' })
  expect(demo['token']).toMatch(/^\S{20,}$/)
  const users = demo['users'] as { email: string; password: string; role: string }[]
  expect(users.map(({ role }) => role)).toEqual([
    'owner',
    'dentist',
    'assistant',
    'front-desk',
    'auditor',
    'operator',
  ])
  expect(new Set(users.map(({ password }) => password)).size).toBe(users.length)
  expect((await stat(join(dataFolder, 'demo.json'))).mode & 0o777).toBe(0o600)
  for (const { email, password } of users) expect(npm.output()).toMatch(new RegExp(`${email} +${password}`))
})

test('the token of demo.json is good for reading and writing', async () => {
  const { token } = JSON.parse(await readFile(join(dataFolder, 'demo.json'), 'utf8')) as { token: string }
  const search = (headers: Record<string, string>) => fetch(`${url}/dicom-web/studies?limit=1`, { headers })

  expect((await search({})).status).toBe(401)
  expect((await search({ Authorization: `Bearer ${token}` })).status).toBe(200)
})

test('the CLI prints a token alone, and the token works', async () => {
  const { stdout } = await bitewing('token', 'create', '--tenant', 'demo', '--scope', 'read')

  expect(stdout).toMatch(/^\S+\n$/)
  const headers = { Authorization: `Bearer ${stdout.trim()}` }
  expect((await fetch(`${url}/dicom-web/studies?limit=1`, { headers })).status).toBe(200)
})

test('a second start on the same data folder says so and fails', async () => {
  const second = start()
  await second.exited

  expect(second.child.exitCode).not.toBe(0)
  expect(second.output()).toContain('already')
  expect(await readiness()).toBe(200)
})

test('kill -9 of npm itself ends the whole system', async () => {
  expect(processes().length).toBeGreaterThan(5)
  npm.child.kill('SIGKILL')
  await npm.exited

  await until(async () => processes().length === 0, 60_000)
})

test('the CLI works on a system that is not running, and leaves nothing running', async () => {
  const { stdout } = await bitewing('token', 'create', '--tenant', 'demo', '--scope', 'read')

  expect(stdout).toMatch(/^\S+\n$/)
  expect(processes()).toEqual([])
})

test('the next start finds the same practice, and SIGTERM to npm ends it', async () => {
  url = `http://localhost:${environment['PORT'] ?? ''}`
  npm = start()
  await until(async () => (await readiness()) === 200, 200_000)
  expect(npm.output()).not.toContain('A demo practice was made')
  const { token } = JSON.parse(await readFile(join(dataFolder, 'demo.json'), 'utf8')) as { token: string }
  const headers = { Authorization: `Bearer ${token}` }
  expect((await fetch(`${url}/dicom-web/studies?limit=1`, { headers })).status).toBe(200)

  npm.child.kill('SIGTERM')
  await npm.exited
  await until(async () => processes().length === 0, 60_000)
})
