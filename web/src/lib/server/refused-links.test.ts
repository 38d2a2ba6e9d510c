import { randomBytes } from 'node:crypto'
import {
  closeDatabase,
  connectDatabase,
  createShare,
  createTenant,
  createUser,
  openShare,
  revokeShare,
  withTenant,
} from '@bitewing/db'
import { studies, tenants } from '@bitewing/db/schema'
import { startPostgres } from '@bitewing/testbed'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { load } from '../../routes/s/[shareId]/+page.server.ts'
import { actions } from '../../routes/share/[token]/+page.server.ts'
import { closePorts, ports } from './compose.ts'

const postgres = await startPostgres()
const database = await postgres.createDatabase()
const superuser = connectDatabase(postgres.superuserUrl(database.name), 1)
process.env['DATABASE_URL'] = database.appUrl
process.env['PUBLIC_URL'] = 'http://practice.test'
process.env['ACCOUNT_KEY'] = randomBytes(32).toString('base64')
const told = vi.spyOn(console, 'warn').mockImplementation(() => {})

afterAll(async () => {
  await Promise.all([closePorts(), closeDatabase(superuser)])
  await database.drop()
  await postgres.stop()
})

const locals = { address: '203.0.113.9' }
// what these two read of an event, and no more
const page = async (shareId: string, cookie: string | undefined) =>
  load({ params: { shareId }, cookies: { get: () => cookie }, locals } as unknown as Parameters<
    typeof load
  >[0])
const press = async (token: string) =>
  actions['default']?.({ params: { token }, locals, cookies: {} } as unknown as Parameters<
    NonNullable<(typeof actions)['default']>
  >[0])
const refusals = async () => {
  const { rows } = await superuser.client.query<{ chain_id: string; actor_id: string | null }>(
    `SELECT chain_id, actor_id FROM audit_events WHERE kind = 'credential.refused'`,
  )
  return rows
}

test('links and cookies that nobody gave out write no row, however many, and are told of once', async () => {
  // told of again after a minute, which so many may take on a busy machine
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  for (let asked = 0; asked < 50; asked++) {
    await expect(page('x', `made-up-${asked}`)).rejects.toMatchObject({ status: 404 })
    await expect(page('x', undefined)).rejects.toMatchObject({ status: 404 })
    await expect(press(`made-up-${asked}`)).rejects.toMatchObject({ status: 404 })
  }
  expect(await refusals()).toEqual([])
  expect(told).toHaveBeenCalledTimes(1)
})

/** A practice, and a link to its one study that this device has opened. */
async function openLink({ slug, expiresAt }: { slug: string; expiresAt: Date }) {
  const owner = connectDatabase(database.ownerUrl, 1)
  const practice = { slug, name: slug, aeTitle: slug.toUpperCase(), wrapDataKey: () => randomBytes(60) }
  const { id: tenantId } = await createTenant(owner, practice)
  const { id: createdBy } = await createUser(owner, {
    email: `${slug}@example.test`,
    name: 'Marc',
    password: 'a long enough password',
    isOperator: false,
    membership: { tenantId, role: 'dentist' },
  })
  await closeDatabase(owner)
  const { db } = ports()
  await withTenant(db, tenantId, (tx) =>
    tx
      .insert(studies)
      .values({ tenantId, studyInstanceUid: '1.2.3', matchState: 'unmatched', attributes: {} }),
  )
  const share = await createShare(db, {
    tenantId,
    studyInstanceUid: '1.2.3',
    recipient: 'Somebody',
    expiresAt,
    createdBy,
  })
  const opened = share && (await openShare(db, share.token))
  if (!opened) throw new Error('no share')
  return { ...opened, token: share.token }
}

test('a revoked link and its device’s cookie are one event of the practice each, however often', async () => {
  const expiresAt = new Date(Date.now() + 3_600_000)
  const { tenantId, token, shareId, cookieValue } = await openLink({ slug: 'links', expiresAt })
  await revokeShare(ports().db, { tenantId, shareId })
  for (let asked = 0; asked < 10; asked++) {
    await expect(page(shareId, cookieValue)).rejects.toMatchObject({ status: 404 })
    await expect(press(token)).rejects.toMatchObject({ status: 404 })
  }
  const event = { chain_id: tenantId, actor_id: shareId }
  expect(await refusals()).toEqual([event, event])
})

test.each([
  ['honolulu', 'Pacific/Honolulu', '2098-12-31'],
  ['kiritimati', 'Pacific/Kiritimati', '2099-01-01'],
])('the last day of a link is the practice’s: %s', async (slug, timeZone, lastDay) => {
  const { tenantId, shareId, cookieValue } = await openLink({
    slug,
    expiresAt: new Date('2099-01-01T02:30:00Z'),
  })
  await withTenant(ports().db, tenantId, (tx) => tx.update(tenants).set({ timeZone }))
  expect(await page(shareId, cookieValue)).toMatchObject({ lastDay })
})
