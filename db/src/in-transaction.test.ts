import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { startOwnPostgres, startPostgres, type TestDatabase, type TestPostgres } from '@bitewing/testbed'
import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { closeDatabase, connectDatabase, type Database, type Transaction } from './database.ts'
import { DatabaseAway } from './database-away.ts'
import { asSystem } from './tenancy/as-system.ts'
import { withTenant } from './tenancy/with-tenant.ts'

const practice = randomUUID()
let postgres: TestPostgres
let database: TestDatabase
let superuser: pg.Pool
let db: Database
const uncaught: unknown[] = []
const onUncaught = (error: unknown) => uncaught.push(error)

beforeAll(async () => {
  process.on('uncaughtExceptionMonitor', onUncaught)
  process.on('unhandledRejection', onUncaught)
  postgres = await startPostgres()
  database = await postgres.createDatabase()
  superuser = new pg.Pool({ connectionString: postgres.superuserUrl(database.name), max: 2 })
  await superuser.query('CREATE TABLE written (what text); GRANT INSERT, SELECT ON written TO bitewing_app')
  // one connection: whatever is not given back, or given back broken, is missed by the next query
  db = connectDatabase(database.appUrl, 1)
})
afterAll(async () => {
  await closeDatabase(db)
  await superuser.end()
  await database.drop()
  await postgres.stop()
  process.off('uncaughtExceptionMonitor', onUncaught)
  process.off('unhandledRejection', onUncaught)
  expect(uncaught).toEqual([])
})

const backend = async (tx: Transaction) => {
  const { rows } = await tx.execute<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`)
  return Number(rows[0]?.pid)
}
const write = (tx: Transaction, what: string) => tx.execute(sql`INSERT INTO written VALUES (${what})`)
const written = async () =>
  (await superuser.query<{ what: string }>('SELECT what FROM written')).rows.map(({ what }) => what)
/** As an operator, a failover or an out-of-memory kill ends a connection; resolves when the backend is gone. */
async function terminate(pid: number) {
  await superuser.query('SELECT pg_terminate_backend($1)', [pid])
  await vi.waitUntil(
    async () =>
      (await superuser.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid])).rowCount === 0,
    50_000,
  )
}
const isUsable = async () =>
  expect((await withTenant(db, practice, (tx) => tx.execute(sql`SELECT 1 AS one`))).rows).toEqual([
    { one: 1 },
  ])

test('a connection killed during a statement fails the transaction as "database away", and only it', async () => {
  let late: Promise<unknown> = Promise.resolve()
  const failed = withTenant(db, practice, async (tx) => {
    await write(tx, 'before the kill')
    const pid = await backend(tx)
    setTimeout(() => void terminate(pid), 50)
    try {
      await tx.execute(sql`SELECT pg_sleep(30)`)
    } finally {
      // somebody who goes on all the same is refused, here and after the transaction's end
      await expect(write(tx, 'after the kill')).rejects.toThrow()
      late = new Promise((resolve) => setTimeout(resolve, 100)).then(() => write(tx, 'after the end'))
      late.catch(() => {})
    }
  })
  await expect(failed).rejects.toMatchObject({ cause: expect.any(DatabaseAway) as unknown })
  await expect(late).rejects.toThrow()
  await isUsable()
  expect(await written()).toEqual([])
})

test('a connection killed between two statements fails the transaction, and the later one runs nowhere', async () => {
  const failed = withTenant(db, practice, async (tx) => {
    await write(tx, 'before the kill')
    await terminate(await backend(tx))
    await write(tx, 'after the kill')
  })
  await expect(failed).rejects.toMatchObject({ cause: expect.any(DatabaseAway) as unknown })
  await isUsable()
  expect(await written()).toEqual([])
})

test('a connection killed before COMMIT is never taken for committed', async () => {
  const failed = asSystem(db, async (tx) => {
    await write(tx, 'never committed')
    await terminate(await backend(tx))
  })
  await expect(failed).rejects.toBeInstanceOf(DatabaseAway)
  await isUsable()
  expect(await written()).toEqual([])
})

test('an idle connection that is killed is replaced without a failed query', async () => {
  const pid = await asSystem(db, backend)
  await terminate(pid)
  await vi.waitUntil(() => db.client.totalCount === 0, 50_000)
  await isUsable()
})

test('what runs on after its transaction cannot speak on the connection it had', async () => {
  const started: Promise<unknown>[] = []
  const failed = withTenant(db, practice, async (tx) => {
    started.push(write(tx, 'one').then(() => write(tx, 'two')))
    started[0]?.catch(() => {})
    await Promise.resolve()
    throw new Error('changed my mind')
  })
  await expect(failed).rejects.toThrow('changed my mind')
  await expect(Promise.all(started)).rejects.toMatchObject({
    cause: { message: 'The transaction has failed; a later statement cannot be part of it' },
  })
  let kept: Transaction | undefined
  await withTenant(db, practice, async (tx) => {
    kept = tx
    await backend(tx)
  })
  if (kept) await expect(write(kept, 'after COMMIT')).rejects.toThrow()
  expect(await written()).toEqual([])
})

test('a failed statement whose error is caught does not end as if its transaction had been committed', async () => {
  const failed = withTenant(db, practice, async (tx) => {
    await write(tx, 'lost')
    await tx.execute(sql`SELECT 1/0`).catch(() => {})
  })
  await expect(failed).rejects.toThrow('rolled back')
  expect(await written()).toEqual([])
  await isUsable()
})

test('an error of a statement is told as it is, not as that of the ROLLBACK after it', async () => {
  const failed = withTenant(db, practice, async (tx) => {
    const pid = await backend(tx)
    await tx.execute(sql`SELECT 1/0`).catch(async (error: unknown) => {
      await terminate(pid)
      throw error
    })
  })
  await expect(failed).rejects.toMatchObject({ cause: { code: '22012' } })
  await isUsable()
})

test('a practice is named by a UUID, and nothing else reaches a statement', async () => {
  await expect(
    withTenant(db, `${practice}'; DROP TABLE written; --`, () => Promise.resolve()),
  ).rejects.toThrow('UUID')
  expect(
    await withTenant(db, practice, (tx) =>
      tx.execute(sql`SELECT current_tenant_id() AS id, is_system() AS system`),
    ),
  ).toMatchObject({ rows: [{ id: practice, system: false }] })
  expect(
    await asSystem(db, (tx) => tx.execute(sql`SELECT current_tenant_id() AS id, is_system() AS system`)),
  ).toMatchObject({
    rows: [{ id: null, system: true }],
  })
  expect(await db.execute(sql`SELECT current_tenant_id() AS id, is_system() AS system`)).toMatchObject({
    rows: [{ id: null, system: false }],
  })
})

test('closing breaks off what takes longer than five seconds', async () => {
  const closing = connectDatabase(database.appUrl, 1)
  const sleeping = withTenant(closing, practice, (tx) => tx.execute(sql`SELECT pg_sleep(600)`))
  sleeping.catch(() => {})
  await vi.waitUntil(() => closing.client.totalCount === 1 && closing.client.idleCount === 0, 50_000)
  await closeDatabase(closing)
  await expect(sleeping).rejects.toThrow()
}, 120_000)

test('a database that goes and comes back is "away" meanwhile, and answers afterwards', async () => {
  const own = await startOwnPostgres()
  onTestFinished(() => own.stop())
  const made = await own.createDatabase()
  const pool = connectDatabase(made.appUrl, 3)
  onTestFinished(() => closeDatabase(pool))
  const ask = () => withTenant(pool, practice, (tx) => tx.execute(sql`SELECT 1`))
  await Promise.all([ask(), ask(), ask()])
  await own.kill()
  await vi.waitUntil(() => pool.client.totalCount === 0, 50_000)
  await expect(ask()).rejects.toBeInstanceOf(DatabaseAway)
  await expect(pool.execute(sql`SELECT 1`)).rejects.toMatchObject({
    cause: expect.any(DatabaseAway) as unknown,
  })
  await own.restart()
  await ask()
}, 120_000)

test('a statement that is asked again is prepared once for each connection, and answers the same', async () => {
  // a process names a hundred statements, and tests before this one may have asked for as many
  vi.resetModules()
  const anew = await import('./database.ts')
  const tenancy = await import('./tenancy/with-tenant.ts')
  const pool = anew.connectDatabase(database.appUrl, 1)
  onTestFinished(() => anew.closeDatabase(pool))
  const ask = (n: number) =>
    tenancy.withTenant(pool, practice, (tx) =>
      tx.execute<{ twice: number }>(sql`SELECT ${n}::int * 2 AS twice`),
    )
  for (const n of [1, 2, 3, 4]) expect((await ask(n)).rows).toEqual([{ twice: 2 * n }])
  const { rows } = await pool.client.query(
    `SELECT name FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1::int * 2%'`,
  )
  expect(rows).toHaveLength(1)
  // an error of a prepared statement, in a transaction of its own, leaves the next as it was
  await expect(ask(NaN)).rejects.toThrow()
  expect((await ask(5)).rows).toEqual([{ twice: 10 }])
})
