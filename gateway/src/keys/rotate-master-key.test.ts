import { randomBytes } from 'node:crypto'
import { closeDatabase, connectDatabase, verifyAuditChain, type Database } from '@bitewing/db'
import { tenants } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { anchorHeads } from '../audit/anchor-heads.ts'
import { readHeads } from '../audit/read-heads.ts'
import { composeGateway, openObjectStore } from '../compose.ts'
import { readEnvironment } from '../environment.ts'
import { isWrappedBy, KeyUnusable, wrapDataKey } from '../object-store/index.ts'
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

const silent = { info: () => undefined, warn: () => undefined }

async function withKeys<T>(
  keys: { MASTER_KEY: string; MASTER_KEY_PREVIOUS?: string },
  work: (system: Awaited<ReturnType<typeof composeGateway>>, app: ReturnType<typeof createApp>) => Promise<T>,
): Promise<T> {
  const system = await composeGateway(readEnvironment({ ...gateway.variables, ...keys }))
  try {
    return await work(system, createApp(system))
  } finally {
    await system.close()
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

  const oldKey = Buffer.from(gateway.variables['MASTER_KEY'] ?? '', 'base64')
  const newKey = randomBytes(32)
  const [previous, current] = [oldKey.toString('base64'), newKey.toString('base64')]
  await withKeys({ MASTER_KEY: current, MASTER_KEY_PREVIOUS: previous }, async (system, app) => {
    expect((await read(app, before, token)).equals(before.file)).toBe(true)
    const rotate = async () => {
      const store = await openObjectStore(readEnvironment(gateway.variables), {
        db: owner,
        masterKeys: [newKey, oldKey],
        process: 'test',
        log: silent,
      })
      try {
        return await rotateMasterKey(
          { db: owner, blobs: store.blobs, masterKeys: [newKey, oldKey] },
          () => undefined,
        )
      } finally {
        await store.close()
      }
    }
    // broken off: one practice was wrapped anew by an earlier run, and another's key is damaged
    const [, second, third] = practices
    const [held] = await owner
      .select()
      .from(tenants)
      .where(eq(tenants.id, third?.id ?? ''))
    await owner
      .update(tenants)
      .set({
        wrappedDataKey: wrapDataKey({
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
