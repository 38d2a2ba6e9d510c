import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { startOwnPostgres, startPostgres } from './start-postgres.ts'

const cluster = await startPostgres()
afterAll(() => cluster.stop())

test('two databases of a run do not see each other, and both have the schema', async () => {
  const [one, two] = await Promise.all([cluster.createDatabase(), cluster.createDatabase()])
  const [inOne, inTwo] = [postgres(one.ownerUrl, { max: 1 }), postgres(two.ownerUrl, { max: 1 })]
  await inOne`create table only_here (id int)`

  const found = await inTwo`select table_name from information_schema.tables where table_schema = 'public'`
  const tables = found.map((row) => String(row['table_name']))
  expect(tables).toContain('tenants')
  expect(tables).not.toContain('only_here')
  await Promise.all([inOne.end(), inTwo.end()])
  await Promise.all([one.drop(), two.drop()])
})

test("the app's role is no superuser, bypasses no policy and owns no table", async () => {
  const database = await cluster.createDatabase()
  const sql = postgres(database.appUrl, { max: 1 })

  const [role] =
    await sql`select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user`
  expect(role).toEqual({ rolsuper: false, rolbypassrls: false, rolcreaterole: false })
  expect(await sql`select 1 from pg_tables where tableowner = current_user`).toHaveLength(0)
  await sql.end()
  await database.drop()
})

test('a cluster of its own keeps its rows and its address over a kill', async () => {
  const own = await startOwnPostgres()
  try {
    const url = own.superuserUrl('postgres')
    const before = postgres(url, { max: 1 })
    await before`create table kept (id int)`
    await before`insert into kept values (7)`
    await before`checkpoint`
    await before.end()

    await own.kill()
    await own.restart()
    expect(own.superuserUrl('postgres')).toBe(url)
    const after = postgres(url, { max: 1 })
    expect(await after`select id from kept`).toEqual([{ id: 7 }])
    await after.end()
  } finally {
    await own.stop()
  }
})
