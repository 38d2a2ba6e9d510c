import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { Agent, request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { closeDatabase, connectDatabase, withTenant, type Database } from '@bitewing/db'
import { auditEvents } from '@bitewing/db/schema'
import { quickly } from '@bitewing/start/quickly'
import {
  freePort,
  startOrthanc,
  startPostgres,
  temporaryFolder,
  type TemporaryFolder,
  type TestOrthanc,
  type TestPostgres,
} from '@bitewing/testbed'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { storeBody } from './testing/store-body.ts'
import { testImage, newUid } from './testing/test-image.ts'
import { createTestPractice, type TestPractice } from './testing/test-practice.ts'

/** The gateway as it is started, of two processes, with a socket. */
type Gateway = { first: ChildProcess; port: number; lines: string[]; exited: Promise<unknown> }
type Answer = { status: number; body: Buffer }

/** Longer than any answer takes, on a laden machine too: a connection to a process that dies is closed. */
const silenceMsMax = 30_000
/** Two processes come up in seconds; on a machine with twenty times as much to do as it has processors, in half a minute. */
const startMsMax = 150_000

const masterKey = randomBytes(32)
let postgres: TestPostgres
let database: Awaited<ReturnType<TestPostgres['createDatabase']>>
let orthanc: TestOrthanc
let folder: TemporaryFolder
let db: Database
let practice: TestPractice
let token: string
let gateway: Gateway

const spoolFolder = () => join(folder.path, 'spool', 'stow')

async function start(overrides: Record<string, string> = {}): Promise<Gateway> {
  const port = await freePort()
  const first = spawn(process.execPath, [...quickly, join(import.meta.dirname, 'main.ts')], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
      PORT: String(port),
      PUBLIC_URL: 'http://gateway.test',
      GATEWAY_PROCESSES: '2',
      DATABASE_URL: database.appUrl,
      ORTHANC_URL: orthanc.urlWithCredentials,
      STORAGE_URL: `file://${join(folder.path, 'objects')}`,
      MASTER_KEY: masterKey.toString('base64'),
      SPOOL_DIR: join(folder.path, 'spool'),
      STOW_MEMORY_BYTES_MAX: '0', // what is received goes through the spool
      LOG_LEVEL: 'info',
      ...overrides,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  createInterface({ input: first.stdout }).on('line', (line) => lines.push(line))
  return { first, port, lines, exited: once(first, 'exit') }
}

const listened = ({ lines }: Gateway) => lines.filter((line) => line.includes('the gateway listens')).length

/** The processes that serve. */
async function workers({ first }: Gateway): Promise<number[]> {
  const children = await readFile(`/proc/${first.pid}/task/${first.pid}/children`, 'utf8')
  return children.trim().split(' ').map(Number)
}

/** A connection that is kept; processes get them in turn. */
function connection({ port }: Gateway) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = (path: string, { method = 'GET', headers = {}, body = Buffer.alloc(0) } = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const asked = request(
        { agent, port, path, method, headers: { Authorization: `Bearer ${token}`, ...headers } },
        (answer: IncomingMessage) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }))
          answer.on('error', reject)
        },
      )
      asked.on('error', reject).end(body)
      asked.setTimeout(silenceMsMax, () => asked.destroy(new Error('no answer')))
    })
  const store = (file: Buffer) => {
    const { path, init } = storeBody([file])
    return ask(path, init)
  }
  return { ask, store, close: () => agent.destroy() }
}

beforeAll(async () => {
  postgres = await startPostgres()
  ;[database, orthanc, folder] = await Promise.all([
    postgres.createDatabase(),
    startOrthanc(),
    temporaryFolder('processes'),
  ])
  practice = await createTestPractice(database, masterKey, 'north')
  token = await practice.token(['read', 'write'])
  db = connectDatabase(database.appUrl, 2)
  gateway = await start()
  await vi.waitFor(() => expect(listened(gateway)).toBe(2), { timeout: startMsMax })
})
afterAll(async () => {
  gateway.first.kill('SIGTERM')
  await gateway.exited
  await closeDatabase(db)
  await orthanc.stop()
  await database.drop()
  await postgres.stop()
  await folder.remove()
})

test('/metrics counts what all processes served, whichever is asked', async () => {
  const connections = [connection(gateway), connection(gateway)]
  for (const { ask } of connections) expect((await ask('/dicom-web/studies')).status).toBe(200)
  for (const { ask, close } of connections) {
    const text = (await ask('/metrics')).body.toString()
    expect(text).toMatch(
      /bitewing_http_request_seconds_count\{method="GET",route="\/dicom-web\/studies",status="200"\} 2\n/,
    )
    close()
  }
})

test('a crash of one process loses nothing that was acknowledged, breaks no connection of the other, and is made good', async () => {
  const before = await workers(gateway)
  const study = newUid()
  const acknowledged: string[] = []
  const madeGood = () => listened(gateway) === 3
  const broken = await Promise.all(
    Array.from({ length: 4 }, async (_, index) => {
      const { store, close } = connection(gateway)
      let refused = 0
      for (let count = 0; count < 6 || !madeGood(); count++) {
        const { file, path } = testImage({ study })
        const answer = await store(file).catch(() => null)
        if (answer?.status === 200) acknowledged.push(path)
        else refused++
        if (index === 0 && count === 5) process.kill(before[0] ?? Number.NaN, 'SIGKILL')
      }
      close()
      return refused
    }),
  )
  // two of the four were at the dead one; who asked nothing at that moment has not noticed
  expect(broken.filter((refused) => refused > 0).length).toBeLessThanOrEqual(2)
  expect(acknowledged.length).toBeGreaterThan(20)
  const now = await workers(gateway)
  expect(now).toHaveLength(2)
  expect(now).toContain(before[1])

  const { ask, close } = connection(gateway)
  for (const path of acknowledged) {
    const { status } = await ask(`/dicom-web${path}`, { headers: { Accept: 'application/dicom' } })
    expect(status).toBe(200)
  }
  close()
}, 240_000)

test('what one process is receiving outlives the start of another, which removes what its dead one left', async () => {
  const [one, other] = [testImage({ side: 512 }), testImage({ side: 512 })]
  const uploads = [one, other].map(({ file }) => {
    const { path, init } = storeBody([file])
    const asked = request({
      port: gateway.port,
      path,
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Length': init.body.length, ...init.headers },
    })
    asked.write(init.body.subarray(0, 200_000))
    const answer = once(asked, 'response').then(
      ([response]) => (response as IncomingMessage).resume().statusCode, // by its event
      () => 'broken',
    )
    return { answer, finish: () => asked.end(init.body.subarray(200_000)) }
  })
  const received = async () => (await readdir(spoolFolder())).length
  await expect.poll(received).toBe(2)

  const [victim = Number.NaN] = await workers(gateway)
  const starts = listened(gateway)
  process.kill(victim, 'SIGKILL')
  await expect.poll(() => listened(gateway), { timeout: startMsMax }).toBe(starts + 1)
  expect(await received()).toBe(1)

  for (const { finish } of uploads) finish()
  expect((await Promise.all(uploads.map(({ answer }) => answer))).sort()).toEqual([200, 'broken'])
  await expect.poll(received).toBe(0)
}, 240_000)

test('at its end every process writes what it served: each frame stands in an audit event', async () => {
  const { file, path } = testImage()
  const connections = Array.from({ length: 4 }, () => connection(gateway))
  expect((await connections[0]?.store(file))?.status).toBe(200)
  for (let round = 0; round < 5; round++) {
    for (const { ask } of connections) expect((await ask(`/dicom-web${path}/frames/1`)).status).toBe(200)
  }
  for (const { close } of connections) close()
  gateway.first.kill('SIGTERM')
  expect(await gateway.exited).toEqual([0, null])

  const closings = await withTenant(db, practice.id, (tx) =>
    tx
      .select({ detail: auditEvents.detail })
      .from(auditEvents)
      .where(eq(auditEvents.kind, 'images.retrieved')),
  )
  const frames = closings.map(({ detail }) => Number(detail['frames'] ?? 0)).filter((count) => count > 0)
  expect(frames).toEqual([10, 10])
})

test('a gateway none of whose processes comes up ends, and says so by its code', async () => {
  const failing = await start({ SPOOL_DIR: '/dev/null/nowhere' })
  expect(await failing.exited).toEqual([1, null])
}, 240_000)
