import { startOwnPostgres, type OwnPostgres, type TestDatabase } from '@bitewing/testbed'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { closeDatabase, connectDatabase, type Database } from './database.ts'
import { listen } from './listen.ts'

let postgres: OwnPostgres
let database: TestDatabase
let db: Database

beforeAll(async () => {
  postgres = await startOwnPostgres()
  database = await postgres.createDatabase()
  db = connectDatabase(database.appUrl, 2)
}, 120_000)
afterAll(async () => {
  await closeDatabase(db)
  await postgres.stop()
})

const say = (payload: string) => db.execute(sql`SELECT pg_notify('bitewing_studies', ${payload})`)

async function follow() {
  const heard: string[] = []
  const seen = { missed: 0, trouble: 0 }
  const listening = await listen(db, {
    hear: {
      bitewing_studies: (payload) => heard.push(payload),
      bitewing_credentials: (payload) => heard.push(`credential: ${payload}`),
    },
    missed: () => (seen.missed += 1),
    trouble: () => (seen.trouble += 1),
  })
  return { heard, seen, listening }
}

test('a notification said after listening began is heard; after closing, none is', async () => {
  const { heard, seen, listening } = await follow()
  await say('one')
  await vi.waitFor(() => expect(heard).toEqual(['one']), 50_000)
  await listening.close()
  await say('two')
  const { rows } = await db.execute(
    sql`SELECT 1 FROM pg_stat_activity WHERE application_name = 'bitewing-listen'`,
  )
  expect(rows).toEqual([])
  expect({ heard, ...seen }).toEqual({ heard: ['one'], missed: 0, trouble: 0 })
})

test('a killed connection is made again, and its readers are told that they may have missed something', async () => {
  const { heard, seen, listening } = await follow()
  const { rows } = await db.execute<{ pid: number }>(
    sql`SELECT pid FROM pg_stat_activity WHERE application_name = 'bitewing-listen' AND datname = current_database()`,
  )
  await db.execute(sql`SELECT pg_terminate_backend(${Number(rows[0]?.pid)})`)
  await vi.waitFor(() => expect(seen.missed).toBe(1), 50_000)
  await say('again')
  await db.execute(sql`SELECT pg_notify('bitewing_credentials', 'too')`)
  await vi.waitFor(() => expect(heard).toEqual(['again', 'credential: too']), 50_000)
  expect(seen.trouble).toBeGreaterThan(0)
  await listening.close()
}, 120_000)

test('listening survives a restart of Postgres', async () => {
  const { heard, seen, listening } = await follow()
  await postgres.kill()
  await vi.waitFor(() => expect(seen.trouble).toBeGreaterThan(1), 50_000)
  expect(seen.missed).toBe(0)
  await postgres.restart()
  await vi.waitFor(() => expect(seen.missed).toBe(1), 50_000)
  await say('back')
  await vi.waitFor(() => expect(heard).toEqual(['back']), 50_000)
  await listening.close()
}, 120_000)
