import {
  closeDatabase,
  connectDatabase,
  createAudit,
  createShare,
  openShare,
  revokeShare,
  shareCookieName,
  type Database,
} from '@bitewing/db'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from './app.ts'
import { createLog } from './log.ts'
import { startTestGateway, type TestGateway } from './testing/start-test-gateway.ts'
import { storeBody } from './testing/store-body.ts'
import { newUid, testImage, type TestImage } from './testing/test-image.ts'
import type { TestPractice } from './testing/test-practice.ts'

let gateway: TestGateway
let north: TestPractice
let south: TestPractice
let superuser: Database
const mine = testImage()
const theirs = testImage()

beforeAll(async () => {
  gateway = await startTestGateway()
  superuser = connectDatabase(gateway.database.superuserUrl, 1)
  ;[north, south] = [await gateway.practice('north'), await gateway.practice('south')]
  for (const [practice, image] of [
    [north, mine],
    [south, theirs],
  ] as const) {
    const { path, init } = storeBody([image.file])
    expect((await gateway.request(path, { ...init, as: await practice.token(['write']) })).status).toBe(200)
  }
})
afterAll(async () => {
  await closeDatabase(superuser)
  await gateway.stop()
})

type Event = {
  tenant: string
  kind: string
  outcome: string
  actor_kind: string
  actor_id: string | null
  detail: Record<string, unknown>
}
const denied = async () => {
  const { rows } = await superuser.client.query<Event>(
    `SELECT chain_id AS tenant, kind, outcome, actor_kind, actor_id, detail FROM audit_events
     WHERE outcome = 'denied' ORDER BY at, position`,
  )
  return rows
}
const since = async <T>(work: () => Promise<T>) => {
  const known = (await denied()).length
  await work()
  return (await denied()).slice(known)
}

const named: readonly [what: string, path: (image: TestImage) => string][] = [
  ['study', ({ study }) => `/dicom-web/studies/${study}`],
  ['series of a study', ({ study }) => `/dicom-web/studies/${study}/series`],
  ['series', ({ study, series }) => `/dicom-web/studies/${study}/series/${series}/metadata`],
  ['instance', ({ path }) => `/dicom-web${path}/metadata`],
  ['frame', ({ path }) => `/dicom-web${path}/frames/1`],
  ['rendered', ({ path }) => `/dicom-web${path}/rendered`],
  ['rendition', ({ study, series, instance }) => `/renditions/${study}/${series}/${instance}/1/50.jpg`],
]

test.each(named)("another practice's %s is a denial on record, as one that nobody has", async (_, path) => {
  const event = { tenant: north.id, kind: 'access.denied', outcome: 'denied', actor_kind: 'token' }
  const found = []
  for (const image of [theirs, testImage()]) {
    const token = await north.token(['read'])
    const events = await since(async () =>
      expect((await gateway.request(path(image), { as: token })).status).toBe(404),
    )
    expect(events).toEqual([expect.objectContaining(event)])
    found.push(events[0]?.detail)
    expect(JSON.stringify(events)).not.toContain(image.study)
  }
  expect(found[0]).toEqual({ action: 'images.read', reason: 'absent' })
  expect(found[1]).toEqual(found[0])
})

test('no record, no answer: a denial that cannot be put down is no 404', async () => {
  const token = await north.token(['read'])
  await superuser.client.query(`REVOKE INSERT ON audit_events FROM bitewing_app`)
  try {
    const response = await gateway.request(`/dicom-web/studies/${theirs.study}`, { as: token })
    expect(response.status).toBeGreaterThanOrEqual(500)
  } finally {
    await superuser.client.query(`GRANT INSERT ON audit_events TO bitewing_app`)
  }
})

test('what is the practice’s own and merely has no such frame is no denial', async () => {
  const token = await north.token(['read'])
  const events = await since(async () =>
    expect((await gateway.request(`/dicom-web${mine.path}/frames/9`, { as: token })).status).toBe(404),
  )
  expect(events).toEqual([])
})

test('a change from another site is a denial on record', async () => {
  const headers = { Cookie: await north.cookie('dentist'), Origin: 'https://evil.test' }
  const events = await since(async () => {
    const { path, init } = storeBody([mine.file])
    const response = await gateway.request(path, { ...init, headers: { ...init.headers, ...headers } })
    expect(response.status).toBe(403)
  })
  expect(events).toMatchObject([{ tenant: north.id, kind: 'access.denied', actor_kind: 'user' }])
  expect(events[0]?.detail).toEqual({ reason: 'wrong-origin' })
})

test('a scan of two hundred UIDs is one event and its count', async () => {
  const audit = createAudit({ db: gateway.system.db })
  const app = createApp({ ...gateway.system, audit, metrics: new Registry() })
  const token = await north.token(['read'])
  const events = await since(async () => {
    for (let scanned = 0; scanned < 200; scanned++) {
      const response = await app.request(`http://gateway.test/dicom-web/studies/${newUid()}/metadata`, {
        headers: { Authorization: `Bearer ${token}` },
      })
      expect(response.status).toBe(404)
    }
    await audit.close()
  })
  expect(events).toHaveLength(2)
  expect(events[1]?.detail).toMatchObject({ closed: true, requests: 200, reason: 'absent' })
})

async function makeShare() {
  const { db } = gateway.system
  const made = await createShare(db, {
    tenantId: north.id,
    studyInstanceUid: mine.study,
    recipient: 'Somebody',
    expiresAt: new Date(Date.now() + 3_600_000),
    createdBy: (await north.user('dentist')).id,
  })
  const opened = made && (await openShare(db, made.token))
  if (!opened) throw new Error('no share')
  return { id: opened.shareId, headers: { Cookie: `${shareCookieName}=${opened.cookieValue}` } }
}

test('a revoked share’s cookie, and one at another share’s address, are events of its practice, many are one', async () => {
  const [share, other] = [await makeShare(), await makeShare()]
  const ask = (id: string) =>
    gateway.request(`/s/${id}/dicom-web${mine.path}/metadata`, { headers: share.headers })
  const event = { tenant: north.id, kind: 'credential.refused', actor_kind: 'share', actor_id: share.id }
  expect(
    await since(async () => {
      for (let time = 0; time < 5; time++) expect((await ask(other.id)).status).toBe(401)
    }),
  ).toEqual([expect.objectContaining(event)])

  const revoked = await makeShare()
  await revokeShare(gateway.system.db, { tenantId: north.id, shareId: revoked.id })
  const events = await since(async () => {
    for (let time = 0; time < 5; time++) {
      const response = await gateway.request(`/s/${revoked.id}/dicom-web${mine.path}/metadata`, revoked)
      expect(response.status).toBe(401)
    }
  })
  expect(events).toEqual([expect.objectContaining({ ...event, actor_id: revoked.id })])
})

test('a token and a session that are over are events of their practice', async () => {
  const token = await north.token(['read'], new Date(Date.now() - 1000))
  const Cookie = await north.cookie('dentist')
  await superuser.client.query(`UPDATE sessions SET expires_at = now() - interval '1 second'`)
  const events = await since(async () => {
    expect((await gateway.request('/dicom-web/studies', { as: token })).status).toBe(401)
    expect((await gateway.request('/dicom-web/studies', { headers: { Cookie } })).status).toBe(401)
  })
  expect(events).toMatchObject([
    { tenant: north.id, kind: 'credential.refused', actor_kind: 'token', detail: { credential: 'token' } },
    { tenant: north.id, kind: 'credential.refused', actor_kind: 'user', detail: { credential: 'session' } },
  ])
})

test('made-up credentials are counted and told of once in a while, and write no row', async () => {
  const lines: string[] = []
  const log = createLog({ level: 'info', process: 'gateway' }, { write: (line: string) => lines.push(line) })
  const metrics = new Registry()
  const app = createApp({ ...gateway.system, log, metrics })
  const { rows: before } = await superuser.client.query(`SELECT count(*) FROM audit_events`)
  for (let made = 0; made < 30; made++) {
    for (const headers of [
      { Authorization: `Bearer bw_${made}` },
      { Cookie: `bitewing_session=made-up-${made}` },
    ]) {
      expect((await app.request('http://gateway.test/dicom-web/studies', { headers })).status).toBe(401)
    }
    const headers = { Cookie: `${shareCookieName}=made-up-${made}` }
    const path = `/s/00000000-0000-0000-0000-0000000000${10 + made}/dicom-web${mine.path}`
    expect((await app.request(`http://gateway.test${path}`, { headers })).status).toBe(401)
  }
  expect((await superuser.client.query(`SELECT count(*) FROM audit_events`)).rows).toEqual(before)
  expect(lines.filter((line) => line.includes('nobody gave out'))).toHaveLength(1)
  const text = await metrics.metrics()
  for (const credential of ['token', 'session', 'share'])
    expect(text).toContain(`bitewing_credentials_unknown_total{credential="${credential}"} 30`)
})
