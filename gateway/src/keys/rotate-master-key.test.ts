import { randomBytes } from 'node:crypto'
import { closeDatabase, connectDatabase, verifyAuditChain, withTenant, type Database } from '@bitewing/db'
import { instances, tenants } from '@bitewing/db/schema'
import { startKeyService } from '@bitewing/testbed/start-key-service'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { anchorHeads } from '../audit/anchor-heads.ts'
import { readHeads } from '../audit/read-heads.ts'
import { composeGateway, openObjectStore } from '../compose.ts'
import { readEnvironment } from '../environment.ts'
import {
  createLocalMasterKey,
  isWrappedBy,
  KeyUnusable,
  openMasterKeys,
  wrapDataKey,
  type MasterKey,
  type MasterKeys,
} from '../object-store/index.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage, type TestImage } from '../testing/test-image.ts'
import { rotateMasterKey } from './rotate-master-key.ts'

let gateway: TestGateway
let owner: Database
beforeAll(async () => {
  gateway = await startTestGateway()
  owner = connectDatabase(gateway.database.ownerUrl, 2)
})
afterAll(async () => {
  await closeDatabase(owner)
  await gateway.stop()
})

/** of the first test; the second goes on from there */
const newBytes = randomBytes(32)
const silent = { info: () => undefined, warn: () => undefined }

async function withKeys<T>(
  keys: Record<string, string>,
  work: (system: Awaited<ReturnType<typeof composeGateway>>, app: ReturnType<typeof createApp>) => Promise<T>,
): Promise<T> {
  const system = await composeGateway(readEnvironment({ ...gateway.variables, ...keys }))
  try {
    return await work(system, createApp(system))
  } finally {
    await system.close()
  }
}

async function rotateTo(masterKeys: MasterKeys) {
  const store = await openObjectStore(readEnvironment(gateway.variables), {
    db: owner,
    masterKeys,
    process: 'test',
    log: silent,
  })
  try {
    return await rotateMasterKey({ db: owner, blobs: store.blobs, masterKeys }, () => undefined)
  } finally {
    await store.close()
  }
}

type App = ReturnType<typeof createApp>
async function store(app: App, image: TestImage, token: string): Promise<number> {
  const { path, init } = storeBody([image.file])
  const headers = { ...init.headers, Authorization: `Bearer ${token}` }
  return (await app.request(`http://gateway.test${path}`, { ...init, headers })).status
}
async function read(app: App, { path }: TestImage, token: string): Promise<Buffer> {
  const response = await app.request(`http://gateway.test/api${path}/original`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  return Buffer.from(await response.arrayBuffer())
}

test('a new master key takes over while the system runs, and what was stored and signed before stays good', async () => {
  const practices = [
    await gateway.practice('one'),
    await gateway.practice('two'),
    await gateway.practice('three'),
  ]
  const tokens = await Promise.all(practices.map((practice) => practice.token(['read', 'write'])))
  const [token = ''] = tokens
  const [before, during, after] = [testImage(), testImage(), testImage()]
  expect(await store(gateway.app, before, token)).toBe(200)
  await anchorHeads({ ...gateway.system, privateKey: gateway.system.signingKey.privateKey })

  const previous = gateway.variables['MASTER_KEY'] ?? ''
  const [newKey, oldKey] = [
    createLocalMasterKey(newBytes),
    createLocalMasterKey(Buffer.from(previous, 'base64')),
  ]
  const current = newBytes.toString('base64')
  await withKeys({ MASTER_KEY: current, MASTER_KEY_PREVIOUS: previous }, async (system, app) => {
    expect((await read(app, before, token)).equals(before.file)).toBe(true)
    const rotate = () => rotateTo([newKey, oldKey])
    // broken off: one practice was wrapped anew by an earlier run, and another's key is damaged
    const [, second, third] = practices
    const [held] = await owner
      .select()
      .from(tenants)
      .where(eq(tenants.id, third?.id ?? ''))
    await owner
      .update(tenants)
      .set({
        wrappedDataKey: await wrapDataKey({
          masterKey: newKey,
          tenantId: second?.id ?? '',
          dataKey: randomBytes(32),
        }),
      })
      .where(eq(tenants.id, second?.id ?? ''))
    await owner
      .update(tenants)
      .set({ wrappedDataKey: randomBytes(69) })
      .where(eq(tenants.id, third?.id ?? ''))
    expect(await rotate()).toMatchObject({ rewrapped: 1, already: 1, failed: [{ slug: 'three' }] })
    await owner
      .update(tenants)
      .set({ wrappedDataKey: held?.wrappedDataKey ?? Buffer.of() })
      .where(eq(tenants.id, third?.id ?? ''))
    expect(await rotate()).toEqual({ rewrapped: 1, already: 2, failed: [] })
    expect(await rotate()).toEqual({ rewrapped: 0, already: 3, failed: [] })

    expect(await store(app, during, token)).toBe(200)
    expect((await read(app, before, token)).equals(before.file)).toBe(true)
    await anchorHeads({ ...system, privateKey: system.signingKey.privateKey })
  })

  const rows = await owner.select({ wrapped: tenants.wrappedDataKey }).from(tenants)
  expect(rows.every(({ wrapped }) => isWrappedBy(wrapped, newKey))).toBe(true)
  await withKeys({ MASTER_KEY: current }, async (system, app) => {
    expect((await read(app, before, token)).equals(before.file)).toBe(true)
    expect((await read(app, during, token)).equals(during.file)).toBe(true)
    expect(await store(app, after, token)).toBe(200)
    const id = practices[0]?.id ?? ''
    await anchorHeads({ ...system, privateKey: system.signingKey.privateKey })
    const heads = await readHeads(system.objectStore, id, system.signingKey.publicKey)
    expect(heads.length).toBeGreaterThan(1)
    expect(heads).not.toContain(null)
    expect(await verifyAuditChain(owner, id, heads)).toMatchObject({ faults: [] })
  })

  // the old one opens nothing any more, and the start says so
  const opening = openObjectStore(readEnvironment(gateway.variables), {
    db: owner,
    masterKeys: [oldKey],
    process: 'test',
    log: silent,
  })
  await expect(opening).rejects.toThrow(KeyUnusable)
})

test('a key service takes over from a file and gives back; while it is away, what needs it is 503 and the health says so', async () => {
  const service = await startKeyService()
  const { endpoint, keyId } = service
  const file = { MASTER_KEY: newBytes.toString('base64') }
  const kms = {
    MASTER_KEY: '',
    MASTER_KEY_URL: `aws-kms://${keyId}?endpoint=${encodeURIComponent(endpoint)}`,
    KMS_ACCESS_KEY_ID: service.accessKeyId,
    KMS_SECRET_ACCESS_KEY: service.secretAccessKey,
  }
  const practice = await gateway.practice('kms')
  const token = await practice.token(['read', 'write'])
  // made under the key of the file, as `tenant create` makes it
  await owner
    .update(tenants)
    .set({
      wrappedDataKey: await wrapDataKey({
        masterKey: createLocalMasterKey(newBytes),
        tenantId: practice.id,
        dataKey: randomBytes(32),
      }),
    })
    .where(eq(tenants.id, practice.id))
  const [before, after, unseen] = [testImage(), testImage(), testImage()]
  await withKeys(file, async (_, app) => expect(await store(app, before, token)).toBe(200))

  const toService = await openMasterKeys({ ...kms, MASTER_KEY_PREVIOUS: file.MASTER_KEY })
  expect(await rotateTo(toService)).toEqual({ rewrapped: 4, already: 0, failed: [] })
  await withKeys(kms, async (_, app) => {
    expect((await read(app, before, token)).equals(before.file)).toBe(true)
    expect(await store(app, after, token)).toBe(200)
    expect(await ready(app)).toMatchObject({ keyService: 'ok' })

    // held: an outage does not stop those at work
    const asked = service.asked.length
    service.become('disabled')
    expect((await read(app, after, token)).equals(after.file)).toBe(true)
    expect(service.asked.slice(asked)).toEqual([])
    service.become('answering')
  })

  // what Orthanc still has is served without any key: this one it has not
  await withTenant(owner, practice.id, (tx) =>
    tx
      .update(instances)
      .set({ heldByArchive: false })
      .where(eq(instances.sopInstanceUid, before.path.split('/').at(-1) ?? '')),
  )
  await withKeys(kms, async (_, app) => {
    service.become('disabled')
    const headers = { Authorization: `Bearer ${token}` }
    const refused = await app.request(`http://gateway.test/api${before.path}/original`, { headers })
    expect(refused.status).toBe(503)
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(await refused.json()).toMatchObject({ type: 'urn:bitewing:problem:key-service-away' })
    expect(await ready(app)).toMatchObject({ keyService: 'away', objectStore: 'ok' })
    // Orthanc has it, and the copy to the object store waits in the queue
    expect(await store(app, unseen, token)).toBe(200)
    service.become('answering')
    expect((await read(app, before, token)).equals(before.file)).toBe(true)
  })
  // a start without the service waits for it; one that is refused says so at once
  service.become('disabled')
  await expect(openMasterKeys(kms)).rejects.toThrow('not enabled: Disabled')
  service.become('answering')

  const back = await openMasterKeys({
    ...kms,
    MASTER_KEY_URL: '',
    ...file,
    MASTER_KEY_PREVIOUS_URL: kms.MASTER_KEY_URL,
  })
  expect(await rotateTo(back)).toEqual({ rewrapped: 4, already: 0, failed: [] })
  await service.stop()
  await withKeys(file, async (_, app) => {
    expect((await read(app, after, token)).equals(after.file)).toBe(true)
  })
  for (const key of [...toService, ...back]) key.close()
})

test('a key service that gives other keys back takes nothing over: all is still opened by the key before', async () => {
  const oldKey = createLocalMasterKey(newBytes)
  const right = createLocalMasterKey(randomBytes(32))
  const takeOver = (isRight: (boundTo: string) => boolean) => {
    const wrap: MasterKey['wrap'] = (dataKey, boundTo) =>
      right.wrap(isRight(boundTo) ? dataKey : randomBytes(32), boundTo)
    return rotateTo([{ ...right, wrap }, oldKey])
  }
  await expect(takeOver(() => false)).rejects.toThrow(KeyUnusable)
  expect(await takeOver((boundTo) => boundTo.startsWith('system '))).toMatchObject({
    rewrapped: 0,
    already: 0,
  })
  const rows = await owner.select({ wrapped: tenants.wrappedDataKey }).from(tenants)
  expect(rows.every(({ wrapped }) => isWrappedBy(wrapped, oldKey))).toBe(true)
})

async function ready(app: App): Promise<unknown> {
  const { checks } = (await (await app.request('http://gateway.test/readyz')).json()) as { checks: unknown } // ours
  return checks
}
