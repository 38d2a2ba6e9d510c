import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { closeDatabase, connectDatabase, withTenant, type Database } from '@bitewing/db'
import { instances, shreddedTenants, tenants } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Archive } from '../archive/archive.ts'
import { ArchiveAway } from '../archive/archive-errors.ts'
import { createTenantNotes } from '../manifest/note-tenants.ts'
import { anchorHeads } from '../audit/anchor-heads.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage, type TestImage } from '../testing/test-image.ts'
import type { TestPractice } from '../testing/test-practice.ts'
import { shredTenant } from './shred-tenant.ts'

let gateway: TestGateway
let owner: Database
beforeAll(async () => {
  gateway = await startTestGateway()
  owner = connectDatabase(gateway.database.ownerUrl, 4)
})
afterAll(async () => {
  await closeDatabase(owner)
  await gateway.stop()
})

async function store(images: readonly TestImage[], as: string): Promise<void> {
  const { path, init } = storeBody(images.map(({ file }) => file))
  expect((await gateway.request(path, { ...init, as })).status).toBe(200)
  await gateway.fillArchive()
}

async function original({ path }: TestImage, as: string) {
  const response = await gateway.request(`/api${path}/original`, { as })
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) }
}

async function orthancIdOf({ instance }: TestImage, practice: TestPractice): Promise<string> {
  const [row] = await withTenant(owner, practice.id, (tx) =>
    tx.select({ id: instances.orthancId }).from(instances).where(eq(instances.sopInstanceUid, instance)),
  )
  return row?.id ?? ''
}

const ports = (archive: Archive = gateway.system.archive) => ({
  db: owner,
  archive,
  objectStore: gateway.system.objectStore,
})

/** Rows that name a practice, by table. */
async function rowsOf({ id }: TestPractice): Promise<Record<string, number>> {
  const { rows: tables } = await owner.client.query<{ name: string }>(`
    SELECT table_name AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'tenant_id'`)
  const found: Record<string, number> = {}
  const superuser = connectDatabase(gateway.database.superuserUrl, 1)
  for (const { name } of tables) {
    const { rows } = await superuser.client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM public.${name} WHERE tenant_id = $1`,
      [id],
    )
    if (rows[0]?.count) found[name] = rows[0].count
  }
  await closeDatabase(superuser)
  return found
}

test('a shredded practice is gone from everywhere, and another that has the same files keeps them', async () => {
  const [gone, stays] = [await gateway.practice('gone'), await gateway.practice('stays')]
  const [goneToken, staysToken] = [
    await gone.token(['read', 'write', 'delete']),
    await stays.token(['read', 'write']),
  ]
  const cookie = await gone.cookie('owner')
  const shared = testImage({ grey: 1 })
  const sameUids = testImage({ study: shared.study, series: shared.series, grey: 2 })
  const own = testImage({ grey: 3 })
  await store([shared, own, sameUids], goneToken)
  await store([shared], staysToken)
  expect((await gateway.request(`/dicom-web${own.path}/rendered`, { as: goneToken })).status).toBe(200)
  const { system } = gateway
  await anchorHeads({ ...system, privateKey: system.signingKey.privateKey })
  await createTenantNotes(system)()
  const ownId = await orthancIdOf(own, gone)
  expect(await system.archive.md5(ownId)).not.toBeNull()
  expect(Object.keys(await rowsOf(gone)).length).toBeGreaterThan(5)

  const shredded = await shredTenant(ports(), { id: gone.id, slug: 'gone' }, () => undefined)
  expect(shredded).toMatchObject({ instances: 3, trail: { lastPosition: expect.any(Number) as unknown } })
  expect(shredded.objects).toBeGreaterThan(3)

  // nothing is left, and nobody comes in
  expect(await rowsOf(gone)).toEqual({})
  expect(await owner.select().from(tenants).where(eq(tenants.slug, 'gone'))).toEqual([])
  const files = (await readdir(gateway.storeFolder, { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile(),
  )
  expect(files.filter(({ parentPath, name }) => join(parentPath, name).includes(gone.id))).toEqual([])
  expect(await system.archive.md5(ownId)).toBeNull()
  expect((await original(own, goneToken)).status).toBe(401)
  const page = await gateway.request(`/dicom-web/studies`, { headers: { Cookie: cookie } })
  expect(page.status).not.toBe(200)
  await expect(system.objectStore.get({ tenantId: gone.id, name: 'originals/x' })).resolves.toBeNull()

  // the other practice, which has the same bytes under the same identifiers
  expect((await original(shared, staysToken)).bytes.equals(shared.file)).toBe(true)
  expect(await system.archive.md5(await orthancIdOf(shared, stays))).not.toBeNull()
  // its heads are anchored as before
  await anchorHeads({ ...system, privateKey: system.signingKey.privateKey })
  // what it did stays on record
  const { rows } = await owner.client.query(`SELECT 1 FROM audit_events WHERE chain_id = $1`, [gone.id])
  expect(rows.length).toBeGreaterThan(0)
  // and its name is free
  expect((await gateway.practice('gone')).id).not.toBe(gone.id)
})

// A copy of the bucket, or a disk that was not wiped, is worth nothing from this moment on.
test('from the first step on the key is gone, and a shredding that was broken off is finished by the next', async () => {
  const practice = await gateway.practice('broken-off')
  const token = await practice.token(['read', 'write'])
  const [first, second] = [testImage(), testImage()]
  await store([first, second], token)
  const folder = join(gateway.storeFolder, 'objects', practice.id)
  const before = await readdir(folder, { recursive: true, withFileTypes: true })
  const sealed = await Promise.all(
    before.filter((entry) => entry.isFile()).map(({ parentPath, name }) => readFile(join(parentPath, name))),
  )
  expect(sealed.length).toBeGreaterThanOrEqual(2)

  let removals = 0
  const away: Archive = {
    ...gateway.system.archive,
    async remove(orthancId) {
      if ((removals += 1) > 1) throw new ArchiveAway('gone')
      await gateway.system.archive.remove(orthancId)
    },
  }
  await expect(
    shredTenant(ports(away), { id: practice.id, slug: 'broken-off' }, () => undefined),
  ).rejects.toThrow(ArchiveAway)
  const [row] = await owner.select().from(tenants).where(eq(tenants.id, practice.id))
  expect(row?.wrappedDataKey).toHaveLength(0)
  // a credential is remembered for half a second
  await expect.poll(async () => (await original(first, token)).status).toBe(401)
  // the worker writes it nowhere again
  await createTenantNotes(gateway.system)()
  expect(
    await gateway.system.objectStore.head({
      tenantId: '00000000-0000-0000-0000-000000000000',
      name: `tenants/${practice.id}.json`,
    }),
  ).toBeNull()

  const finished = await shredTenant(ports(), { id: practice.id, slug: 'broken-off' }, () => undefined)
  expect(finished.instances).toBe(2)
  expect(await rowsOf(practice)).toEqual({})
  expect(await readdir(folder, { recursive: true }).catch(() => [])).not.toContainEqual(
    expect.stringMatching(/sealed$/),
  )
  const [noted] = await owner.select().from(shreddedTenants).where(eq(shreddedTenants.id, practice.id))
  expect(noted?.shreddedAt).not.toBeNull()
})

test('every table with rows of a practice lets its owner remove them', async () => {
  const { rows } = await owner.client.query<{ name: string }>(`
    SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE n.nspname = 'public' AND c.relkind = 'r' AND NOT EXISTS (
      SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd IN ('*', 'd') AND c.relowner = ANY (p.polroles))`)
  expect(rows).toEqual([])
})
