import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { startOwnPostgres, startPostgres } from './start-postgres.ts'

const cluster = await startPostgres()
afterAll(() => cluster.stop())

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

test('two databases of a run do not see each other, and both have the schema', async () => {
  const [one, two] = await Promise.all([cluster.createDatabase(), cluster.createDatabase()])
  const [inOne, inTwo] = await Promise.all([connect(one.ownerUrl), connect(two.ownerUrl)])
  await inOne.query(`create table only_here (id int)`)

  const { rows: found } = await inTwo.query<{ table_name: string }>(
    `select table_name from information_schema.tables where table_schema = 'public'`,
  )
  const tables = found.map(({ table_name }) => table_name)
  expect(tables).toContain('tenants')
  expect(tables).not.toContain('only_here')
  await Promise.all([inOne.end(), inTwo.end()])
  await Promise.all([one.drop(), two.drop()])
})

test("the app's role is no superuser, bypasses no policy and owns no table", async () => {
  const database = await cluster.createDatabase()
  const client = await connect(database.appUrl)

  const { rows } = await client.query(
    `select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user`,
  )
  expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreaterole: false }])
  expect((await client.query(`select 1 from pg_tables where tableowner = current_user`)).rows).toEqual([])
  await client.end()
  await database.drop()
})

test('a cluster of its own keeps its rows and its address over a kill', async () => {
  const own = await startOwnPostgres()
  try {
    const url = own.superuserUrl('postgres')
    const before = await connect(url)
    await before.query(`create table kept (id int)`)
    await before.query(`insert into kept values (7)`)
    await before.query(`checkpoint`)
    await before.end()

    await own.kill()
    await own.restart()
    expect(own.superuserUrl('postgres')).toBe(url)
    const after = await connect(url)
    expect((await after.query(`select id from kept`)).rows).toEqual([{ id: 7 }])
    await after.end()
  } finally {
    await own.stop()
  }
})
