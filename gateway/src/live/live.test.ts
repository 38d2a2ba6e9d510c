import { closeDatabase, connectDatabase, createSessions } from '@bitewing/db'
import { startOwnPostgres } from '@bitewing/testbed'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import type { TestPractice } from '../testing/test-practice.ts'

const postgres = await startOwnPostgres()
let gateway: TestGateway
let clinic: TestPractice
beforeAll(async () => {
  gateway = await startTestGateway({}, { postgres })
  clinic = await gateway.practice('live')
}, 120_000)
afterAll(() => gateway.stop())

const asSuperuser = async (statement: ReturnType<typeof sql>) => {
  const db = connectDatabase(gateway.database.superuserUrl, 1)
  try {
    return (await db.execute(statement)).rows
  } finally {
    await closeDatabase(db)
  }
}

/** Opens the live events; what it tells, and whether it has ended. */
async function follow(
  credential: { as: string } | { headers: Record<string, string> },
  path: '/api/events' | `/api/events?since=${string}` = '/api/events',
) {
  const response = await gateway.request(path, credential)
  const seen = { status: response.status, text: '', ended: false }
  const body = response.body?.pipeThrough(new TextDecoderStream())
  void (async () => {
    if (body) for await (const text of body) seen.text += text
    seen.ended = true
  })().catch(() => (seen.ended = true))
  if (response.status === 200) await vi.waitFor(() => expect(seen.text).toContain('event: ready'), 50_000)
  return seen
}
const lastId = (text: string) =>
  Number(
    text
      .match(/^id: (\d+)$/gm)
      ?.at(-1)
      ?.slice(4),
  )
const cookieOf = (value: string) => ({ headers: { Cookie: value } })
const sessionId = (cookie: string) => cookie.slice(cookie.indexOf('=') + 1)
const ended = (seen: { ended: boolean }) => vi.waitFor(() => expect(seen.ended).toBe(true), 50_000)
const newStudy = (tenantId: string, studyInstanceUid: string) =>
  asSuperuser(
    sql`SELECT pg_notify('bitewing_studies', ${JSON.stringify({ tenantId, studyInstanceUid, patientId: null })})`,
  )

test('the opening is on record before the first byte leaves, and nothing opens when it cannot be', async () => {
  const token = await clinic.token(['read'])
  await follow({ as: token })
  const rows = await asSuperuser(
    sql`SELECT kind, outcome, actor_kind FROM audit_events WHERE chain_id = ${clinic.id}::uuid AND kind = 'studies.followed'`,
  )
  expect(rows).toEqual([{ kind: 'studies.followed', outcome: 'success', actor_kind: 'token' }])

  const other = await clinic.token(['read'])
  await asSuperuser(sql`REVOKE INSERT ON audit_events FROM bitewing_app`)
  try {
    expect((await follow({ as: other })).status).toBeGreaterThanOrEqual(500)
  } finally {
    await asSuperuser(sql`GRANT INSERT ON audit_events TO bitewing_app`)
  }
})

test('a log-out ends what was open by that session, at once, and nothing else', async () => {
  const [mine, colleague] = [await clinic.cookie('dentist'), await clinic.cookie('dentist')]
  const [one, two, theirs] = [
    await follow(cookieOf(mine)),
    await follow(cookieOf(mine)),
    await follow(cookieOf(colleague)),
  ]
  await createSessions({ db: gateway.system.db, secure: false }).close(sessionId(mine))
  await Promise.all([ended(one), ended(two)])
  expect(theirs.ended).toBe(false)

  // `authenticate` remembers a session for a moment: it opens no feed that would outlive it
  const again = await follow(cookieOf(mine))
  if (again.status === 200) await ended(again)
  else expect(again.status).toBe(401)

  await newStudy(clinic.id, '1.2.3')
  await vi.waitFor(() => expect(theirs.text).toContain('1.2.3'), 50_000)
  expect(one.text).not.toContain('1.2.3')
})

test.each([
  ['the role in the practice changes', sql`UPDATE memberships SET role = 'front-desk' WHERE user_id = `],
  ['somebody leaves the practice', sql`DELETE FROM memberships WHERE user_id = `],
  ['the user is disabled', sql`UPDATE users SET disabled_at = now() WHERE id = `],
  ['another practice is chosen', sql`UPDATE sessions SET active_tenant_id = NULL WHERE user_id = `],
  ['the session is swept', sql`DELETE FROM sessions WHERE user_id = `],
])('live events end when %s', async (_, statement) => {
  const { id } = await clinic.user('dentist')
  const { cookie } = await createSessions({ db: gateway.system.db, secure: false }).open(id)
  const seen = await follow(cookieOf(`${cookie.name}=${cookie.value}`))
  await asSuperuser(sql`${statement} ${id}::uuid`)
  await ended(seen)
})

test("a revoked token's live events end, and another's go on", async () => {
  const [revoked, kept] = [await clinic.token(['read']), await clinic.token(['read'])]
  const [one, two] = [await follow({ as: revoked }), await follow({ as: kept })]
  const tokens = await asSuperuser(sql`SELECT id FROM api_tokens ORDER BY created_at`)
  await asSuperuser(sql`UPDATE api_tokens SET revoked_at = now() WHERE id = ${tokens.at(-2)?.['id']}::uuid`)
  await ended(one)
  expect(two.ended).toBe(false)
})

test('pages hear that appointments, patients or plans have changed, of their own practice, as they may see them', async () => {
  const { id: patientId } = await clinic.user('dentist')
  const { id: userId } = await clinic.user('dentist')
  const [dentist, token] = [
    await follow(cookieOf(await clinic.cookie('dentist'))),
    await follow({ as: await clinic.token(['read', 'write']) }),
  ]
  const other = await gateway.practice('live-next-door')
  const theirs = await follow(cookieOf(await other.cookie('dentist')))
  await asSuperuser(
    sql`INSERT INTO patients (id, tenant_id, family_name, given_name, name_fold) VALUES (${patientId}::uuid, ${clinic.id}::uuid, 'Roy', 'Luc', 'roy luc')`,
  )
  await asSuperuser(
    sql`INSERT INTO appointments (tenant_id, patient_id, provider_id, starts_at, minutes, kind, note, created_by, changed_by)
      VALUES (${clinic.id}::uuid, ${patientId}::uuid, ${userId}::uuid, now(), 30, 'other', 'secret', ${userId}::uuid, ${userId}::uuid)`,
  )
  await asSuperuser(sql`UPDATE patients SET phone = '418 555-0100' WHERE id = ${patientId}::uuid`)
  for (const seen of [dentist, token])
    await vi.waitFor(() => expect(seen.text).toContain('event: practice\ndata: {"what":"patients"}'), 50_000)
  expect(dentist.text).toContain('data: {"what":"appointments"}')
  // a token has no right to appointments, and nobody is told who it is about
  expect(token.text).not.toContain('appointments')
  expect(dentist.text).not.toMatch(/Roy|secret|555/)
  expect(theirs.text).not.toContain('practice')

  // a page that was made before, and listens only now
  const [late, lateToken, lateTheirs] = [
    await follow(cookieOf(await clinic.cookie('dentist'))),
    await follow({ as: await clinic.token(['read']) }),
    await follow(cookieOf(await other.cookie('dentist'))),
  ]
  for (const seen of [late, lateToken])
    await vi.waitFor(() => expect(seen.text).toContain('event: practice\ndata: {"what":"patients"}'), 50_000)
  await vi.waitFor(() => expect(late.text).toContain('data: {"what":"appointments"}'), 50_000)
  await newStudy(clinic.id, '7.8.9')
  await newStudy(other.id, '9.8.7')
  await vi.waitFor(() => expect(lateToken.text).toContain('7.8.9'), 50_000)
  await vi.waitFor(() => expect(lateTheirs.text).toContain('9.8.7'), 50_000)
  expect(lateToken.text).not.toContain('appointments')
  expect(lateTheirs.text).not.toContain('practice')
  const again = await follow(cookieOf(await clinic.cookie('dentist')))
  await vi.waitFor(() => expect(again.text).toContain('event: practice\ndata: {"what":"studies"}'), 50_000)
})

test('a page is told of the studies that came between its making and its listening, and of none before', async () => {
  const [before, between] = ['6.6.1', '6.6.2']
  const open = await follow({ as: await clinic.token(['read']) })
  await newStudy(clinic.id, before)
  await vi.waitFor(() => expect(open.text).toContain(before), 50_000)
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(lastId(open.text)))
  const madeAt = Date.now()
  const other = await gateway.practice('live-since')
  await newStudy(clinic.id, between)
  await vi.waitFor(() => expect(open.text).toContain(between), 50_000)

  const late = await follow({ as: await clinic.token(['read']) }, `/api/events?since=${madeAt}`)
  await vi.waitFor(() => expect(late.text).toContain('{"what":"studies"}'), 50_000)
  expect(late.text).toContain(`event: study\ndata: {"studyInstanceUid":"${between}"`)
  expect(late.text).not.toContain(before)

  // as a browser does that connects again
  const as = await clinic.token(['read'])
  const again = await follow({ headers: { Authorization: `Bearer ${as}`, 'Last-Event-ID': String(madeAt) } })
  await vi.waitFor(() => expect(again.text).toContain(between), 50_000)
  expect(lastId(again.text)).toBeGreaterThan(madeAt)

  const theirs = await follow({ as: await other.token(['read']) }, `/api/events?since=${madeAt}`)
  const unreadable = await follow({ as: await clinic.token(['read']) }, '/api/events?since=yesterday')
  await newStudy(clinic.id, '6.6.3')
  await newStudy(other.id, '6.6.4')
  await vi.waitFor(() => expect(theirs.text).toContain('6.6.4'), 50_000)
  await vi.waitFor(() => expect(unreadable.text).toContain('6.6.3'), 50_000)
  for (const each of [theirs, unreadable]) expect(each.text).not.toContain(between)
})

test('after an outage of Postgres pages are told to ask anew, and hear of what comes then', async () => {
  const token = await clinic.token(['read'])
  const before = await follow({ as: token })
  await asSuperuser(sql`CHECKPOINT`) // the test's cluster does not wait for the disk
  await postgres.kill()
  await postgres.restart()
  await vi.waitFor(() => expect(before.ended).toBe(true), 50_000)
  const after = await follow({ as: token })
  await newStudy(clinic.id, '4.5.6')
  await vi.waitFor(() => expect(after.text).toContain('4.5.6'), 50_000)
}, 120_000)
