import { randomBytes } from 'node:crypto'
import { startPostgres, type TestDatabase, type TestPostgres } from '@bitewing/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeDatabase, connectDatabase, type Database } from '../database.ts'
import { createTenant } from '../operator/create-tenant.ts'
import { patients } from '../schema/index.ts'
import { askInTenant } from './ask-in-tenant.ts'
import { withTenant } from './with-tenant.ts'

let postgres: TestPostgres
let database: TestDatabase
let db: Database // of one connection, so that each question meets what the one before it left there
const practices: string[] = []

const names = {
  text: 'SELECT family_name AS name, birth_date FROM patients ORDER BY family_name',
  values: [],
}

beforeAll(async () => {
  postgres = await startPostgres()
  database = await postgres.createDatabase()
  db = connectDatabase(database.appUrl, 1, { queryTimeoutMs: 400 })
  const owner = connectDatabase(database.ownerUrl, 1)
  for (const slug of ['north', 'south']) {
    const wrapDataKey = () => randomBytes(60)
    const { id } = await createTenant(owner, { slug, name: slug, aeTitle: slug.toUpperCase(), wrapDataKey })
    practices.push(id)
    await withTenant(db, id, (tx) =>
      tx.insert(patients).values({ tenantId: id, familyName: `of ${slug}`, givenName: 'B', nameFold: slug }),
    )
  }
  await closeDatabase(owner)
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
  await postgres.stop()
})

test('each practice is answered from its own rows, and the scope ends with the answer', async () => {
  const [north = '', south = ''] = practices
  for (let round = 0; round < 4; round++) {
    for (const [id, name] of [
      [north, 'of north'],
      [south, 'of south'],
    ] as const) {
      expect(await askInTenant(db, id, [names])).toMatchObject([[{ name }]])
      // the same connection, outside of every practice
      expect((await db.client.query(names.text)).rows).toEqual([])
      expect(await withTenant(db, id, (tx) => tx.select().from(patients))).toHaveLength(1)
    }
  }
})

test('several questions are answered in their order, by values, and with nothing for nothing', async () => {
  const [north = ''] = practices
  for (let round = 0; round < 3; round++) {
    expect(
      await askInTenant(db, north, [
        { text: 'SELECT $1::integer + $2::integer AS sum, $3::text AS nothing', values: [round, 2, null] },
        { text: 'SELECT 1 WHERE false', values: [] },
        names,
        { text: `SELECT '{"a":[1]}'::jsonb AS json, $1::boolean AS yes`, values: [true] },
      ]),
    ).toMatchObject([
      [{ sum: round + 2, nothing: null }],
      [],
      [{ name: 'of north' }],
      [{ json: { a: [1] }, yes: true }],
    ])
  }
})

test('a question that fails or takes too long fails alone: the next one is answered', async () => {
  const [north = ''] = practices
  for (const [text, code] of [
    ['SELECT 1/0', '22012'],
    ['SELECT nothing', '42703'],
    ['SELECT pg_sleep(5)', '57014'],
  ] as const) {
    for (let round = 0; round < 3; round++) {
      await expect(askInTenant(db, north, [names, { text, values: [] }, names])).rejects.toMatchObject({
        code,
      })
      expect(await askInTenant(db, north, [names])).toHaveLength(1)
    }
  }
})

test('a database that is away is said to be', async () => {
  const away = connectDatabase(database.appUrl.replace(/:\d+\//, ':1/'), 1)
  await expect(askInTenant(away, practices[0] ?? '', [names])).rejects.toMatchObject({ name: 'DatabaseAway' })
  await closeDatabase(away)
  await expect(askInTenant(db, `' OR true; --`, [names])).rejects.toThrow('UUID')
})

test('writing is refused to another practice here, too', async () => {
  const [north = '', south = ''] = practices
  const insert = {
    text: `INSERT INTO patients (tenant_id, family_name, given_name, name_fold) VALUES ($1, 'x', 'y', 'z')`,
    values: [south],
  }
  await expect(askInTenant(db, north, [insert])).rejects.toMatchObject({ code: '42501' })
})
