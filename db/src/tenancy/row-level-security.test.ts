import { randomBytes } from 'node:crypto'
import { startPostgres, type TestDatabase, type TestPostgres } from '@bitewing/testbed'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeDatabase, connectDatabase, type Database } from '../database.ts'
import { createTenant } from '../operator/create-tenant.ts'
import { instances, patients, recalls, series, studies } from '../schema/index.ts'
import { addPatient, addStudy } from '../testing/add-study.ts'
import { asSystem } from './as-system.ts'
import { withTenant } from './with-tenant.ts'

let postgres: TestPostgres
let database: TestDatabase
let app: Database
let owner: Database

beforeAll(async () => {
  postgres = await startPostgres()
  database = await postgres.createDatabase()
  app = connectDatabase(database.appUrl, 2)
  owner = connectDatabase(database.ownerUrl, 2)
})
afterAll(async () => {
  await closeDatabase(app)
  await closeDatabase(owner)
  await database.drop()
  await postgres.stop()
})

function practice(slug: string) {
  return createTenant(owner, {
    slug,
    name: slug,
    aeTitle: slug.toUpperCase(),
    wrapDataKey: () => randomBytes(60),
  })
}

test('row-level security is on and forced for every table, and every table has a policy or no right at all', async () => {
  const { rows } = await owner.client.query<{ table: string; on: boolean; forced: boolean }>(`
    SELECT c.relname AS table, c.relrowsecurity AS on, c.relforcerowsecurity AS forced
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind = 'r'`)
  expect(rows.length).toBeGreaterThan(15)
  expect(rows.filter(({ on, forced }) => !on || !forced)).toEqual([])
})

test("the app's role owns nothing, bypasses nothing and cannot change the audit log", async () => {
  const {
    rows: [role],
  } = await app.client.query<{ bypass: boolean; super: boolean }>(`
    SELECT rolbypassrls AS bypass, rolsuper AS super FROM pg_roles WHERE rolname = current_user`)
  expect(role).toEqual({ bypass: false, super: false })
  const { rows: owned } = await app.client.query(
    `SELECT relname FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)`,
  )
  expect(owned).toHaveLength(0)
  await expect(app.client.query(`UPDATE audit_events SET kind = 'x'`)).rejects.toThrow(/permission denied/)
  await expect(app.client.query(`DELETE FROM audit_events`)).rejects.toThrow(/permission denied/)
  await expect(app.client.query(`SELECT * FROM users`)).rejects.toThrow(/permission denied/)
  await expect(app.client.query(`SELECT * FROM sessions`)).rejects.toThrow(/permission denied/)
})

test("a practice sees and changes its own rows and no other's, whatever the query says", async () => {
  const [north, south] = [await practice('rls-north'), await practice('rls-south')]
  const patient = { familyName: 'Côté', givenName: 'Zoé', nameFold: 'cote zoe' }
  const [mine] = await withTenant(app, north.id, (tx) =>
    tx
      .insert(patients)
      .values({ tenantId: north.id, ...patient })
      .returning({ id: patients.id }),
  )
  expect(mine).toBeDefined()

  expect(await withTenant(app, south.id, (tx) => tx.select().from(patients))).toEqual([])
  expect(
    await withTenant(app, south.id, (tx) => tx.update(patients).set({ phone: '1' }).returning()),
  ).toEqual([])
  expect(await withTenant(app, south.id, (tx) => tx.delete(patients).returning())).toEqual([])
  await expect(
    withTenant(app, south.id, (tx) => tx.insert(patients).values({ tenantId: north.id, ...patient })),
  ).rejects.toThrow()
  expect(await withTenant(app, north.id, (tx) => tx.select().from(patients))).toHaveLength(1)
})

test('nobody sees nothing: neither outside withTenant nor as system, not even the owner', async () => {
  expect(await app.select().from(patients)).toEqual([])
  expect(await asSystem(app, (tx) => tx.select().from(patients))).toEqual([])
  expect(await owner.select().from(patients)).toEqual([])
})

test('who asked last on a connection is forgotten with its transaction', async () => {
  const one = connectDatabase(database.appUrl, 1)
  const { id } = await practice('rls-pooled')
  await withTenant(one, id, (tx) =>
    tx.insert(patients).values({ tenantId: id, familyName: 'A', givenName: 'B', nameFold: 'a b' }),
  )
  expect(await one.select().from(patients)).toEqual([])
  await closeDatabase(one)
})

test('every reference between rows of practices names the practice, or is checked by the trigger for it', async () => {
  const { rows } = await owner.client.query<{
    name: string
    column: string
    safe: boolean
    guarded: boolean
  }>(`
    SELECT k.conrelid::regclass || ' > ' || k.confrelid::regclass AS name, array_to_string(k.conkey, ',') AS column,
      EXISTS (SELECT FROM generate_subscripts(k.conkey, 1) i
        JOIN pg_attribute c ON c.attrelid = k.conrelid AND c.attnum = k.conkey[i] AND c.attname = 'tenant_id'
        JOIN pg_attribute p ON p.attrelid = k.confrelid AND p.attnum = k.confkey[i] AND p.attname = 'tenant_id') AS safe,
      EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = k.conrelid AND t.tgname = 'same_tenant' AND t.tgenabled = 'O'
        AND k.confrelid = 'instances'::regclass AND k.conkey <@ t.tgattr::int2[]) AS guarded
    FROM pg_constraint k WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace
      AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = 'tenant_id')
      AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attname = 'tenant_id')`)
  expect(rows.length).toBeGreaterThan(50)
  expect(rows.filter(({ safe, guarded }) => !safe && !guarded)).toEqual([])
})

test("another practice's id is refused by Postgres itself, where a reference is made and where one is changed", async () => {
  const [north, south] = [await practice('ref-north'), await practice('ref-south')]
  const rowsOf = ({ id }: { id: string }) =>
    withTenant(app, id, async (tx) => {
      const patientId = await addPatient(tx, id, { familyName: 'Gagné' })
      const studyId = await addStudy(tx, id, { patientId })
      const [image] = await tx
        .select({ id: instances.id })
        .from(instances)
        .where(eq(instances.studyId, studyId))
      if (!image) throw new Error('just inserted')
      return { patientId, studyId, instanceId: image.id }
    })
  const [theirs, ours] = [await rowsOf(north), await rowsOf(south)]
  const refused = { cause: { code: '23503' } } // foreign key violation

  const inSouth = (change: Parameters<typeof withTenant<unknown>>[2]) => withTenant(app, south.id, change)

  await expect(
    inSouth((tx) => tx.update(studies).set({ patientId: theirs.patientId })),
  ).rejects.toMatchObject(refused)
  await expect(
    inSouth((tx) => tx.update(patients).set({ mergedInto: theirs.patientId })),
  ).rejects.toMatchObject(refused)
  await expect(inSouth((tx) => tx.update(series).set({ studyId: theirs.studyId }))).rejects.toMatchObject(
    refused,
  )
  const recallOf = ({ instanceId }: { instanceId: string }) =>
    inSouth((tx) => tx.insert(recalls).values({ tenantId: south.id, instanceId, readyBy: new Date() }))
  await expect(recallOf(theirs)).rejects.toMatchObject(refused)
  await recallOf(ours)
})
