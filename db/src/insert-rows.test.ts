import { randomBytes, randomUUID } from 'node:crypto'
import { startPostgres, type TestDatabase, type TestPostgres } from '@bitewing/testbed'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeDatabase, connectDatabase, type Database } from './database.ts'
import { insertRows } from './insert-rows.ts'
import { createTenant } from './operator/create-tenant.ts'
import { auditEvents, patients } from './schema/index.ts'
import { withTenant } from './tenancy/with-tenant.ts'

let postgres: TestPostgres
let database: TestDatabase
let db: Database
const practices: string[] = []

beforeAll(async () => {
  postgres = await startPostgres()
  database = await postgres.createDatabase()
  db = connectDatabase(database.appUrl, 1)
  const owner = connectDatabase(database.ownerUrl, 1)
  for (const slug of ['north', 'south']) {
    const wrapDataKey = () => randomBytes(60)
    practices.push(
      (await createTenant(owner, { slug, name: slug, aeTitle: slug.toUpperCase(), wrapDataKey })).id,
    )
  }
  await closeDatabase(owner)
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
  await postgres.stop()
})

test('what is inserted reads as what insert().values() writes, whatever stands in it', async () => {
  const [chainId = ''] = practices
  const row = (position: number) => ({
    chainId,
    position,
    at: new Date('2026-03-01T10:00:00.123Z'),
    kind: `quotes "' and \\ and é and 𝄞 and \n`,
    outcome: 'success' as const,
    actorKind: 'system' as const,
    actorId: position % 2 === 0 ? null : '',
    sessionId: 'half \ud800 a pair',
    address: null,
    patientId: randomUUID(),
    studyId: null,
    detail: { text: `"\\u0041'`, number: 2 ** 40, yes: true, nothing: null },
    previousHash: Buffer.alloc(32, position),
    hash: randomBytes(32),
  })
  const keys = Object.keys(row(1)) as (keyof ReturnType<typeof row>)[] // of the literal above
  const [one, two] = [row(1001), row(1002)]
  const read = await withTenant(db, chainId, async (tx) => {
    await insertRows(tx, auditEvents, keys, [])
    await insertRows(tx, auditEvents, keys, [one, two])
    await tx.insert(auditEvents).values([
      { ...one, position: 2001 },
      { ...two, position: 2002 },
    ])
    return tx.select().from(auditEvents).where(eq(auditEvents.chainId, chainId)).orderBy(auditEvents.position)
  })
  expect(read.map(({ position }) => position)).toEqual([1001, 1002, 2001, 2002])
  const [first, second, third, fourth] = read
  expect(first).toEqual({ ...third, position: 1001 })
  expect(second).toEqual({ ...fourth, position: 1002 })
  expect(first).toMatchObject({ kind: one.kind, detail: one.detail, hash: one.hash, at: one.at })
})

test('another practice’s rows are refused', async () => {
  const [north = '', south = ''] = practices
  const row = { tenantId: south, familyName: 'x', givenName: 'y', nameFold: 'z' }
  const insert = withTenant(db, north, (tx) =>
    insertRows(tx, patients, ['tenantId', 'familyName', 'givenName', 'nameFold'], [row]),
  )
  await expect(insert).rejects.toMatchObject({ cause: { code: '42501' } })
})
