import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { readMountSettings, saveMountSettings } from '../mounts/mount-settings.ts'
import { createUser } from '../operator/create-user.ts'
import { memberships, type TenantRole } from '../schema/index.ts'
import { logIn } from '../sessions/log-in.ts'
import { createSessions } from '../sessions/sessions.ts'
import { isLatelyConfirmed, listUserSessions, setPassword } from '../sessions/user-sessions.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { testDatabase } from '../testing/test-database.ts'
import { resetSecondFactors } from '../second-factor/reset-second-factors.ts'
import { addPasskey, findPasskey, listPasskeys, renamePasskey } from '../second-factor/passkeys.ts'
import { readSecondFactors } from '../second-factor/second-factors.ts'
import {
  acceptInvitation,
  findInvitation,
  inviteMember,
  listInvitations,
  renewPassword,
  revokeInvitation,
} from './invitations.ts'
import { changeRole, listMembers, resetMemberSecondFactors, setMemberActive } from './members.ts'
import { readPractice, requireSecondFactor, savePractice } from './practice.ts'

const { db, owner, tenant } = await testDatabase({ connections: 3 })
const [north, south] = [await tenant('north'), await tenant('south')]
const sessions = createSessions({ db, secure: true })

let made = 0
async function member(tenantId: string, role: TenantRole) {
  const email = `person-${++made}@example.org`
  const user = { email, name: `Person ${made}`, password: 'a long enough password' }
  const { id } = await createUser(owner, { ...user, isOperator: false, membership: { tenantId, role } })
  return { id, email, staff: { tenantId, userId: id, sessionId: null, address: null } }
}
const members = (tenantId: string) => withTenant(db, tenantId, listMembers)
const waiting = (tenantId: string) => withTenant(db, tenantId, listInvitations)
const one = await member(north.id, 'owner')
const stranger = await member(south.id, 'owner')
const account = { name: 'Alix Roy', password: 'quarante chevaux bleus', locale: 'fr' as const }

test('an invitation makes a member once, and its token is not what Postgres stores', async () => {
  const invited = await inviteMember(db, one.staff, { email: ' Alix@Example.org ', role: 'assistant' })
  if (invited === 'member') throw new Error('nobody invited')
  expect(await waiting(north.id)).toMatchObject([{ email: 'alix@example.org', role: 'assistant' }])
  const { rows } = await owner.client.query(`SELECT encode(token_hash, 'escape') AS stored FROM invitations`)
  expect(JSON.stringify(rows)).not.toContain(invited.token)

  // looking burns nothing
  expect(await findInvitation(db, invited.token)).toMatchObject({ tenantName: 'north', userId: null })
  const accepted = await Promise.all([
    acceptInvitation(db, invited.token, account),
    acceptInvitation(db, invited.token, account),
  ])
  expect(accepted.filter((each) => each !== null)).toHaveLength(1)
  expect(await findInvitation(db, invited.token)).toBeNull()
  const { password } = account
  expect((await logIn(db, { email: 'alix@example.org', password, address: '192.0.2.1' })).outcome).toBe(
    'success',
  )
  expect(await members(north.id)).toContainEqual(
    expect.objectContaining({ name: 'Alix Roy', role: 'assistant', elsewhere: false }),
  )
  expect(await inviteMember(db, one.staff, { email: 'alix@example.org', role: 'owner' })).toBe('member')
})

test('an invitation ends after 72 hours, when it is withdrawn, and when a later one is made', async () => {
  const invite = async () => {
    const invited = await inviteMember(db, one.staff, { email: 'late@example.org', role: 'dentist' })
    if (invited === 'member') throw new Error('nobody invited')
    return invited.token
  }
  const first = await invite()
  const second = await invite()
  expect(await findInvitation(db, first)).toBeNull()
  await owner.client.query(`UPDATE invitations SET expires_at = now() WHERE email = 'late@example.org'`)
  expect(await acceptInvitation(db, second, account)).toBeNull()
  const third = await invite()
  const [link] = await waiting(north.id)
  const hours = ((link?.expiresAt.getTime() ?? 0) - (link?.createdAt.getTime() ?? 0)) / 3_600_000
  expect(Math.round(hours)).toBe(72)
  // nor is it another practice's to withdraw
  expect(await revokeInvitation(db, stranger.staff, link?.id ?? '')).toBe(false)
  expect(await revokeInvitation(db, one.staff, link?.id ?? '')).toBe(true)
  expect(await acceptInvitation(db, third, account)).toBeNull()
})

test('who has an account keeps name and password, and works in both practices', async () => {
  const known = await member(south.id, 'dentist')
  const invited = await inviteMember(db, one.staff, { email: known.email, role: 'auditor' })
  if (invited === 'member') throw new Error('nobody invited')
  expect(await findInvitation(db, invited.token)).toMatchObject({ userId: known.id })
  expect(await acceptInvitation(db, invited.token, null)).toEqual({ userId: known.id, tenantId: north.id })
  expect(await sessions.memberships(known.id)).toMatchObject([
    { slug: 'north', role: 'auditor' },
    { slug: 'south', role: 'dentist' },
  ])
  // theirs, and the other practice's: not for one owner to renew or to take away
  expect(await renewPassword(db, one.staff, known.id)).toBe('elsewhere')
  expect(await resetMemberSecondFactors(db, one.staff, known.id)).toBe('elsewhere')
})

test('a deactivated member is out at once, here alone, and comes back as they were', async () => {
  const both = await member(north.id, 'dentist')
  await owner.insert(memberships).values({ userId: both.id, tenantId: south.id, role: 'assistant' })
  const here = await sessions.open(both.id, { address: '192.0.2.7', agent: 'Firefox, Linux' })
  const there = await sessions.open(both.id)
  await sessions.switchTenant(there.cookie.value, south.id)

  expect(await setMemberActive(db, one.staff, { userId: both.id, active: false })).toBe('changed')
  expect(await sessions.read(here.cookie.value)).toBeNull()
  expect((await sessions.read(there.cookie.value))?.session.tenant?.slug).toBe('south')
  expect(await sessions.switchTenant(there.cookie.value, north.id)).toBe(false)

  expect(await setMemberActive(db, one.staff, { userId: both.id, active: true })).toBe('changed')
  expect(await sessions.switchTenant(there.cookie.value, north.id)).toBe(true)
  expect((await sessions.read(there.cookie.value))?.session.tenant?.role).toBe('dentist')
})

test('who works nowhere any more is refused like a wrong password', async () => {
  const gone = await member(north.id, 'assistant')
  const attempt = { email: gone.email, password: 'a long enough password', address: '192.0.2.9' }
  expect((await logIn(db, attempt)).outcome).toBe('success')
  await setMemberActive(db, one.staff, { userId: gone.id, active: false })
  expect((await logIn(db, attempt)).outcome).toBe('wrong')
  await addPasskey(db, gone.id, key('gone'))
  expect(await findPasskey(db, 'gone')).toBeNull()
})

test('a passkey is called what its user calls it, and nobody else names it', async () => {
  const [someone, other] = [await member(north.id, 'dentist'), await member(north.id, 'owner')]
  await addPasskey(db, someone.id, key('to be named'))
  expect(await renamePasskey(db, other.id, { id: 'to be named', name: 'mine' })).toBe(false)
  expect(await renamePasskey(db, someone.id, { id: 'another', name: 'mine' })).toBe(false)
  expect(await renamePasskey(db, someone.id, { id: 'to be named', name: 'Desk’s laptop' })).toBe(true)
  expect((await listPasskeys(db, someone.id)).map(({ name }) => name)).toEqual(['Desk’s laptop'])
})

test('a practice always has an owner, also when two demote each other at the same moment', async () => {
  const practice = await tenant('two-owners')
  const [left, right] = [await member(practice.id, 'owner'), await member(practice.id, 'owner')]
  const outcomes = await Promise.all([
    changeRole(db, left.staff, { userId: right.id, role: 'dentist' }),
    setMemberActive(db, right.staff, { userId: left.id, active: false }),
  ])
  expect(outcomes.sort()).toEqual(['changed', 'last-owner'])
  expect(
    (await members(practice.id)).filter((each) => each.role === 'owner' && !each.disabledAt),
  ).toHaveLength(1)
})

test('another practice’s people are not there', async () => {
  expect((await members(south.id)).some(({ id }) => id === one.id)).toBe(false)
  expect(await changeRole(db, stranger.staff, { userId: one.id, role: 'auditor' })).toBe('absent')
  expect(await setMemberActive(db, stranger.staff, { userId: one.id, active: false })).toBe('absent')
  expect(await resetMemberSecondFactors(db, stranger.staff, one.id)).toBe('absent')
  expect(await renewPassword(db, stranger.staff, one.id)).toBe('absent')
})

test('each change of a member is on record, with who made it', async () => {
  const someone = await member(north.id, 'assistant')
  await changeRole(db, one.staff, { userId: someone.id, role: 'dentist' })
  const { rows } = await owner.client.query<{ actor_id: string; detail: Record<string, unknown> }>(
    `SELECT actor_id, detail FROM audit_events WHERE detail ->> 'userId' = $1`,
    [someone.id],
  )
  expect(rows).toEqual([
    {
      actor_id: one.id,
      detail: { what: 'role changed', role: 'dentist', before: 'assistant', userId: someone.id },
    },
  ])
})

test('a link for a new password ends every session, and the old password', async () => {
  const forgetful = await member(north.id, 'front-desk')
  const { cookie } = await sessions.open(forgetful.id)
  const link = await renewPassword(db, one.staff, forgetful.id)
  if (typeof link === 'string') throw new Error(link)
  expect(
    await acceptInvitation(db, link.token, { ...account, password: 'seize lampes vertes' }),
  ).toMatchObject({
    userId: forgetful.id,
  })
  expect(await sessions.read(cookie.value)).toBeNull()
  const attempt = { email: forgetful.email, address: '192.0.2.3' }
  expect((await logIn(db, { ...attempt, password: 'a long enough password' })).outcome).toBe('wrong')
  expect((await logIn(db, { ...attempt, password: 'seize lampes vertes' })).outcome).toBe('success')
})

test('a new password ends the other sessions, and leaves the one it was set in', async () => {
  const someone = await member(north.id, 'dentist')
  const [kept, other] = [
    await sessions.open(someone.id, { address: '192.0.2.7', agent: 'Firefox, Linux' }),
    await sessions.open(someone.id),
  ]
  const sessionId = (await sessions.read(kept.cookie.value))?.session.sessionId ?? ''
  await setPassword(db, { userId: someone.id, password: 'vingt tables rondes', kept: sessionId })
  expect(await sessions.read(other.cookie.value)).toBeNull()
  expect(await listUserSessions(db, someone.id)).toMatchObject([
    { sessionId, address: '192.0.2.7', agent: 'Firefox, Linux', practice: 'north' },
  ])
  expect(await isLatelyConfirmed(db, kept.cookie.value)).toBe(true)
  await owner.client.query(`UPDATE sessions SET confirmed_at = now() - interval '16 minutes'`)
  expect(await isLatelyConfirmed(db, kept.cookie.value)).toBe(false)
})

test('a practice that asks for a second factor lets nobody in who has none', async () => {
  const practice = await tenant('strict')
  const [boss, plain] = [await member(practice.id, 'owner'), await member(practice.id, 'dentist')]
  await addPasskey(db, boss.id, key('boss'))
  await owner.insert(memberships).values({ userId: plain.id, tenantId: south.id, role: 'dentist' })
  const [open, closed] = [await sessions.open(boss.id), await sessions.open(plain.id)]
  await sessions.switchTenant(closed.cookie.value, practice.id)

  await requireSecondFactor(db, boss.staff, true)
  expect((await withTenant(db, practice.id, readPractice)).secondFactorRequired).toBe(true)
  expect(await readSecondFactors(db, plain.id)).toMatchObject({ required: true, passkeys: 0 })
  expect(await sessions.read(open.cookie.value)).not.toBeNull()
  expect(await sessions.read(closed.cookie.value)).toBeNull()
  const elsewhere = await sessions.open(plain.id)
  await sessions.switchTenant(elsewhere.cookie.value, south.id)
  expect(await sessions.switchTenant(elsewhere.cookie.value, practice.id)).toBe(false)
})

test('owner and operator take away a lost second factor, with the sessions', async () => {
  for (const reset of [
    (user: { id: string }) => resetMemberSecondFactors(db, one.staff, user.id),
    (user: { email: string }) => resetSecondFactors(owner, user.email),
  ]) {
    const someone = await member(north.id, 'dentist')
    await addPasskey(db, someone.id, key(`of ${someone.id}`))
    const { cookie } = await sessions.open(someone.id)
    expect(await reset(someone)).not.toBe('absent')
    expect(await readSecondFactors(db, someone.id)).toMatchObject({ appSince: null, passkeys: 0 })
    expect(await sessions.read(cookie.value)).toBeNull()
  }
  expect(await resetSecondFactors(owner, 'nobody@example.org')).toBeNull()
})

test('an owner names their own practice, and changes nothing else of it', async () => {
  const openingHours = [[{ from: 480, to: 1020 }], [], [], [], [], [], []]
  const details = {
    name: 'Clinique du Nord',
    locale: 'en',
    timeZone: 'America/Halifax',
    openingHours,
  } as const
  await savePractice(db, one.staff, details)
  const settings = { templates: ['bitewings-4'], notTaken: { progress: [11] } } as const
  await saveMountSettings(db, one.staff, settings)
  expect(await withTenant(db, north.id, readPractice)).toMatchObject(details)
  expect(await withTenant(db, north.id, readMountSettings)).toEqual(settings)
  expect((await withTenant(db, south.id, readMountSettings)).templates).toContain('full-mouth-18')
  expect((await withTenant(db, south.id, readPractice)).name).toBe('south')
  // who owns the tables sees every practice's row
  for (const { id, name } of [
    { id: north.id, name: 'Clinique du Nord' },
    { id: south.id, name: 'south' },
  ]) {
    expect((await withTenant(owner, id, readPractice)).name).toBe(name)
    expect((await withTenant(owner, id, readMountSettings)).notTaken).toEqual(
      id === north.id ? settings.notTaken : {},
    )
  }
  await withTenant(db, north.id, (tx) =>
    tx.execute(sql`UPDATE tenants SET name = 'x' WHERE id = ${south.id}`),
  )
  expect((await withTenant(db, south.id, readPractice)).name).toBe('south')
  await expect(
    withTenant(db, north.id, (tx) => tx.execute(sql`UPDATE tenants SET slug = 'x'`)),
  ).rejects.toMatchObject({ cause: { code: '42501' } })
})

function key(id: string) {
  return { id, name: 'key', publicKey: new Uint8Array(3), counter: 0, transports: [] }
}
