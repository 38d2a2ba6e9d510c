import { randomBytes } from 'node:crypto'
import { startPostgres, type TestDatabase, type TestPostgres } from '@bitewing/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeDatabase, connectDatabase, type Database } from '../database.ts'
import { createTenant } from '../operator/create-tenant.ts'
import { patients } from '../schema/index.ts'
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
