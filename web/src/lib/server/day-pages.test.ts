import { randomBytes, randomUUID } from 'node:crypto'
import {
  closeDatabase,
  connectDatabase,
  createTenant,
  createUser,
  withTenant,
  type StaffSession,
} from '@bitewing/db'
import { auditEvents, mounts as mountsTable, orthodonticCases, patients } from '@bitewing/db/schema'
import { startPostgres } from '@bitewing/testbed'
import { isActionFailure } from '@sveltejs/kit'
import { afterAll, expect, test } from 'vitest'
import * as day from '../../routes/(practice)/appointments/+page.server.ts'
import * as first from '../../routes/(practice)/+page.server.ts'
import * as mounts from '../../routes/(practice)/patients/[id]/mounts/+page.server.ts'
import * as orthodontics from '../../routes/(practice)/patients/[id]/orthodontics/+page.server.ts'
import { closePorts, ports } from './compose.ts'

const cluster = await startPostgres()
const database = await cluster.createDatabase()
process.env['DATABASE_URL'] = database.appUrl
process.env['PUBLIC_URL'] = 'http://practice.test'
process.env['ACCOUNT_KEY'] = randomBytes(32).toString('base64')
const owner = connectDatabase(database.ownerUrl, 1)
afterAll(async () => {
  await closePorts()
  await closeDatabase(owner)
  await database.drop()
  await cluster.stop()
})

const practice = async (slug: string) => {
  const wrapDataKey = () => randomBytes(60)
  const { id } = await createTenant(owner, { slug, name: slug, aeTitle: slug.toUpperCase(), wrapDataKey })
  const [patient] = await withTenant(ports().db, id, (tx) =>
    tx
      .insert(patients)
      .values({ tenantId: id, familyName: slug, givenName: '', nameFold: slug })
      .returning({ id: patients.id }),
  )
  return { id, patientId: patient?.id ?? '' }
}
const [plateau, riveSud] = [await practice('plateau'), await practice('rivesud')]
async function who(role: 'dentist' | 'front-desk' | 'auditor'): Promise<StaffSession> {
  const { id } = await createUser(owner, {
    email: `${role}@example.test`,
    name: role,
    password: randomUUID(),
    isOperator: false,
    membership: { tenantId: plateau.id, role },
  })
  const opened = await ports().sessions.read((await ports().sessions.open(id)).cookie.value)
  if (!opened) throw new Error('no session')
  return opened.session
}
const [desk, auditor, dentist] = [await who('front-desk'), await who('auditor'), await who('dentist')]

type Handler = (event: unknown) => unknown
/** What a load or action answers; only what a test looks at is typed. */
async function ask<Answer>(handler: unknown, session: StaffSession, search: string, fields = {}) {
  const url = new URL(`http://practice.test/${search}`)
  const request = new Request(url, { method: 'POST', body: new URLSearchParams(fields) })
  const locals = { session, address: '192.0.2.1', locale: 'en' }
  const params = { id: plateau.patientId }
  return (handler as Handler)({ url, request, locals, params, depends: () => undefined }) as Promise<Answer>
}

test('a filter narrows nothing by what a role may not see, nor do its lists tell of images', async () => {
  type List = { patients: { id: string; studyCount: number }[]; filter: Record<string, unknown> }
  const search = `?list=all&plan=open&images=2020-01-01&provider=${randomUUID()}`
  expect((await ask<List>(first.load, desk, search)).patients).toEqual([])
  const { patients, filter } = await ask<List>(first.load, auditor, search)
  expect(patients.map(({ id }) => id)).toEqual([plateau.patientId])
  expect(Object.values(filter).filter((value) => value !== undefined)).toEqual([])
})

test('days that no calendar has are no error of ours', async () => {
  expect(await ask(day.load, desk, '?day=0000-01-01')).toMatchObject({ appointments: [] })
  expect(await ask(first.load, desk, '?list=all&images=0000-01-01')).toMatchObject({ total: 1 })
})

test('whom an appointment is begun for is on record; another practice has nobody by that id', async () => {
  const seen = async () => {
    const events = await withTenant(ports().db, plateau.id, (tx) => tx.select().from(auditEvents))
    return events.filter(({ kind }) => kind === 'patient.viewed')
  }
  expect(await ask(day.load, desk, `?patient=${riveSud.patientId}`)).toMatchObject({ patient: null })
  expect(await seen()).toEqual([])
  const { patientId } = plateau
  expect(await ask(day.load, desk, `?patient=${patientId}`)).toMatchObject({ patient: { id: patientId } })
  expect(await seen()).toMatchObject([{ patientId }])
})

test.each([
  [{ familyName: '\u200b \u2060' }, 'name'],
  [{ familyName: 'Roy', birthDate: '0000-01-01' }, 'birthDate'],
  [{ familyName: 'Roy', birthDate: '9999-12-31' }, 'birthDate'],
  [{ familyName: 'Roy', number: 'A\\B' }, 'number'],
  [{ familyName: 'Roy', number: 'A\u0007B' }, 'number'],
])('a patient of %j is not made', async (fields, problem) => {
  const answer = await ask(day.actions.patient, desk, '', fields)
  expect(isActionFailure(answer) && answer.data).toEqual({ problem })
})

test('a change that cannot be put on record is not made', async () => {
  const content = {
    started: { expected: null, actual: null },
    stopped: { expected: null, actual: null },
    milestones: [],
    visits: [],
    measures: [],
  }
  await owner.client.query('REVOKE INSERT ON audit_events FROM bitewing_app')
  try {
    const created = ask(mounts.actions['create'], dentist, '', { template: 'bitewings-2', day: '' })
    await expect(created).rejects.toThrow()
    const change = JSON.stringify({ version: 0, content })
    await expect(ask(orthodontics.actions['save'], dentist, '', { change })).rejects.toThrow()
  } finally {
    await owner.client.query('GRANT INSERT ON audit_events TO bitewing_app')
  }
  const made = await withTenant(ports().db, plateau.id, async (tx) => [
    ...(await tx.select({ id: mountsTable.id }).from(mountsTable)),
    ...(await tx.select({ id: orthodonticCases.id }).from(orthodonticCases)),
  ])
  expect(made).toEqual([])
})
