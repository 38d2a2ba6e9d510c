import { startPostgres, type TestDatabase, type TestPostgres } from '@bitewing/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeDatabase, connectDatabase, type Database } from '../database.ts'
import { createUser } from '../operator/create-user.ts'
import { logIn } from './log-in.ts'
import { createSessions } from './sessions.ts'

let postgres: TestPostgres
let database: TestDatabase
let db: Database
let userId: string

const right = { email: 'dentist@example.org', password: 'the right password' }

beforeAll(async () => {
  postgres = await startPostgres()
  database = await postgres.createDatabase()
  db = connectDatabase(database.appUrl, 2)
  const owner = connectDatabase(database.ownerUrl, 1)
  const user = await createUser(owner, { ...right, name: 'D', isOperator: true, membership: null })
  userId = user.id
  await closeDatabase(owner)
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
  await postgres.stop()
})

test('the right password opens, in any case of the e-mail', async () => {
  expect(await logIn(db, { ...right, email: ' Dentist@Example.ORG', address: '192.0.2.1' })).toEqual({
    outcome: 'success',
    userId,
  })
})

test('guessing locks this e-mail for this address, known or not, and nobody else', async () => {
  for (const email of [right.email, 'nobody@example.org']) {
    const guess = { email, password: 'wrong', address: '192.0.2.66' }
    const outcomes = []
    for (let attempt = 0; attempt < 6; attempt++) outcomes.push((await logIn(db, guess)).outcome)
    expect(outcomes).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'locked', 'locked'])
  }
  // even the right password is not tried while locked
  expect((await logIn(db, { ...right, address: '192.0.2.66' })).outcome).toBe('locked')
  expect((await logIn(db, { ...right, address: '192.0.2.1' })).outcome).toBe('success')
})

test('guesses that come all at once get no more tries than those that come one by one', async () => {
  const from = { email: right.email, address: '192.0.2.67' }
  const passwords = [...Array.from({ length: 30 }, (_, index) => `guess ${index}`), right.password]
  const outcomes = await Promise.all(
    passwords.map(async (password) => (await logIn(db, { ...from, password })).outcome),
  )
  expect(outcomes.filter((outcome) => outcome === 'wrong')).toHaveLength(4)
  expect(outcomes.filter((outcome) => outcome === 'success')).toHaveLength(0)

  // nor by trying other e-mails from one address
  const spray = await Promise.all(
    Array.from({ length: 130 }, (_, index) =>
      logIn(db, { email: `nobody-${index}@example.org`, password: 'wrong', address: '192.0.2.68' }),
    ),
  )
  expect(spray.filter(({ outcome }) => outcome === 'wrong')).toHaveLength(99)
})

test('a session opens, is found by its id alone, and is gone after logging out', async () => {
  const sessions = createSessions({ db, secure: true })
  const { cookie } = await sessions.open(userId)
  expect(cookie.attributes).toMatchObject({ httpOnly: true, secure: true, sameSite: 'lax' })
  expect((await sessions.read(cookie.value))?.session).toMatchObject({
    userId,
    isOperator: true,
    tenant: null,
  })
  expect(await sessions.read(`${cookie.value}x`)).toBeNull()
  await sessions.close(cookie.value)
  expect(await sessions.read(cookie.value)).toBeNull()
})

test('the id of a session is not what Postgres stores', async () => {
  const { cookie } = await createSessions({ db, secure: true }).open(userId)
  const owner = connectDatabase(database.ownerUrl, 1)
  const { rows } = await owner.client.query(
    `SELECT encode(id_hash, 'escape') || id_hash::text AS stored FROM sessions`,
  )
  await closeDatabase(owner)
  expect(JSON.stringify(rows)).not.toContain(cookie.value)
})
