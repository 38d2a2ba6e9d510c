import { randomBytes } from 'node:crypto'
import { startPostgres, type TestDatabase, type TestPostgres } from '@bitewing/testbed'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { closeDatabase, connectDatabase, type Database } from '../database.ts'
import { createTenant } from '../operator/create-tenant.ts'
import { patients } from '../schema/index.ts'
import { askInTenant } from './ask-in-tenant.ts'
import { askTogether } from './ask-together.ts'
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

test('what many ask in one turn is answered to each, of each practice its own, in one round trip', async () => {
  const [north = '', south = ''] = practices
  const connect = vi.spyOn(db.client, 'connect')
  try {
    for (let round = 0; round < 3; round++) {
      connect.mockClear()
      const asked = [1, 2, 3, 4].map((index) => ({
        text: 'SELECT family_name AS name, $1::integer AS index FROM patients',
        values: [index],
      }))
      const answers = await Promise.all(
        asked.flatMap((question) => [askTogether(db, north, question), askTogether(db, south, question)]),
      )
      expect(answers).toEqual(
        [1, 2, 3, 4].flatMap((index) => [[{ name: 'of north', index }], [{ name: 'of south', index }]]),
      )
      expect(connect).toHaveBeenCalledTimes(2)
    }
  } finally {
    connect.mockRestore()
  }
})

test('one of many that Postgres refuses fails alone', async () => {
  const [north = ''] = practices
  const answers = await Promise.allSettled([
    askTogether(db, north, names),
    askTogether(db, north, { text: 'SELECT 1/0', values: [] }),
    askTogether(db, north, names),
  ])
  expect(answers).toMatchObject([
    { value: [{ name: 'of north' }] },
    { reason: { code: '22012' } },
    { value: [{ name: 'of north' }] },
  ])
  await expect(askTogether(db, `' OR true; --`, names)).rejects.toThrow('UUID')
})

test('each question sees what was committed before it was asked, by statements that are prepared', async () => {
  const [north = ''] = practices
  const count = { text: 'SELECT count(*)::integer AS count FROM patients', values: [] }
  for (let round = 1; round <= 4; round++) {
    await withTenant(db, north, (tx) =>
      tx.insert(patients).values({ tenantId: north, familyName: 'n', givenName: 'n', nameFold: 'n' }),
    )
    expect(await Promise.all([askTogether(db, north, count), askTogether(db, north, count)])).toEqual([
      [{ count: round + 1 }],
      [{ count: round + 1 }],
    ])
  }
})

test('a table that changes its columns under a prepared statement is answered with the new ones', async () => {
  const [north = ''] = practices
  const owner = connectDatabase(database.ownerUrl, 1)
  const all = { text: 'SELECT * FROM changing', values: [] }
  try {
    await owner.client.query('CREATE TABLE changing (a int); GRANT SELECT ON changing TO PUBLIC')
    await owner.client.query('INSERT INTO changing VALUES (1)')
    for (let round = 0; round < 3; round++) expect(await askTogether(db, north, all)).toEqual([{ a: 1 }])
    await owner.client.query("ALTER TABLE changing ADD COLUMN b text DEFAULT 'x'")
    await askTogether(db, north, all).catch(() => []) // refused once: the plan is of before
    expect(await askTogether(db, north, all)).toEqual([{ a: 1, b: 'x' }])
  } finally {
    await owner.client.query('DROP TABLE changing')
    await closeDatabase(owner)
  }
})
