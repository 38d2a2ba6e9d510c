import { randomUUID } from 'node:crypto'
import {
  addToShare,
  closeDatabase,
  connectDatabase,
  createComparisonShare,
  createShare,
  openShare,
  revokeShare,
  saveComparison,
  shareCookieName,
  takeFromShare,
  withTenant,
} from '@bitewing/db'
import { instances, studies, type TenantRole } from '@bitewing/db/schema'
import { eq, inArray } from 'drizzle-orm'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { values, type DicomJson } from './testing/dicom-json.ts'
import { startTestGateway, type TestGateway } from './testing/start-test-gateway.ts'
import { storeBody } from './testing/store-body.ts'
import type { TestPractice } from './testing/test-practice.ts'
import { newUid, testImage, type TestImage } from './testing/test-image.ts'

/*
 * One suite for every route of the gateway: a route that stands in no list below fails it. What each caller may do
 * is the table "Who may do what", written out here again and not taken from the code that decides.
 */

let gateway: TestGateway
let north: TestPractice
let south: TestPractice
const mine = testImage()
const theirs = testImage()
const tokens = { read: '', write: '', delete: '', all: '', expired: '', revoked: '', south: '' }
const cookies: Record<string, string> = {}
let share: { id: string; cookie: string }

beforeAll(async () => {
  gateway = await startTestGateway({ CORS_ORIGINS: 'https://viewer.test' })
  ;[north, south] = [await gateway.practice('north'), await gateway.practice('south')]
  tokens.read = await north.token(['read'])
  tokens.write = await north.token(['write'])
  tokens.delete = await north.token(['delete'])
  tokens.all = await north.token(['read', 'write', 'delete'])
  tokens.expired = await north.token(['read', 'write'], new Date(Date.now() - 1000))
  tokens.revoked = await north.token(['read', 'write'])
  tokens.south = await south.token(['read', 'write'])
  const owner = connectDatabase(gateway.database.ownerUrl, 1)
  const { createHash } = await import('node:crypto')
  await owner.client.query(`UPDATE api_tokens SET revoked_at = now() WHERE token_hash = $1`, [
    createHash('sha256').update(tokens.revoked).digest(),
  ])
  await closeDatabase(owner)
  for (const role of roles) cookies[role] = await north.cookie(role)
  cookies['operator'] = await gateway.operatorCookie()
  await store(mine, tokens.all)
  await store(theirs, tokens.south)
  share = await makeShare(north, mine)
})
afterAll(() => gateway.stop())

const roles = ['owner', 'dentist', 'assistant', 'front-desk', 'auditor'] as const satisfies TenantRole[]
const origin = { Origin: 'http://gateway.test' }

async function store(image: TestImage, token: string): Promise<DicomJson> {
  const { path, init } = storeBody([image.file])
  const response = await gateway.request(path, { ...init, as: token })
  expect(response.status).toBe(200)
  return (await response.json()) as DicomJson
}

async function makeShare(practice: TestPractice, { study }: TestImage) {
  const { db } = gateway.system
  const made = await createShare(db, {
    tenantId: practice.id,
    studyInstanceUid: study,
    recipient: 'Somebody',
    expiresAt: new Date(Date.now() + 3_600_000),
    createdBy: (await practice.user('dentist')).id,
  })
  const opened = made && (await openShare(db, made.token))
  if (!opened) throw new Error('no share')
  return { id: opened.shareId, cookie: `${shareCookieName}=${opened.cookieValue}` }
}

type Action = 'images.read' | 'images.upload' | 'images.list' | 'images.delete' | 'images.annotate'
type Case = {
  /** route as in `app.routes` */
  route: string
  /** null: for everybody */
  action: Action | null
  /** what to ask, by the image it is about */
  ask(image: TestImage): { path: string; init?: RequestInit }
  /** status for those who may */
  ok?: number
  /** names one study, so that another practice's is 404 */
  names: boolean
}

const get = (
  route: string,
  action: Action,
  path: (image: TestImage) => string,
  more: Partial<Case> = {},
): Case => ({
  route: `GET ${route}`,
  action,
  ask: (image) => ({ path: path(image) }),
  names: route.includes(':study'),
  ...more,
})
const [s, x, i] = [
  '/studies/:study',
  '/studies/:study/series/:series',
  '/studies/:study/series/:series/instances/:instance',
]
const upOf = (image: TestImage) => `/studies/${image.study}`
const xOf = (image: TestImage) => `/studies/${image.study}/series/${image.series}`
const root = '/dicom-web'

const retrieve = (prefix: string, at: () => string): Case[] => [
  get(`${prefix}${s}`, 'images.read', (m) => at() + upOf(m)),
  get(`${prefix}${x}`, 'images.read', (m) => at() + xOf(m)),
  get(`${prefix}${i}`, 'images.read', (m) => at() + m.path),
  get(`${prefix}${s}/metadata`, 'images.read', (m) => `${at()}${upOf(m)}/metadata`),
  get(`${prefix}${x}/metadata`, 'images.read', (m) => `${at()}${xOf(m)}/metadata`),
  get(`${prefix}${i}/metadata`, 'images.read', (m) => `${at()}${m.path}/metadata`),
  get(`${prefix}${i}/frames/:frames`, 'images.read', (m) => `${at()}${m.path}/frames/1`),
  ...['bulkdata', 'pixeldata'].flatMap((name) => [
    get(`${prefix}${s}/${name}`, 'images.read', (m) => `${at()}${upOf(m)}/${name}`),
    get(`${prefix}${x}/${name}`, 'images.read', (m) => `${at()}${xOf(m)}/${name}`),
    get(`${prefix}${i}/${name}`, 'images.read', (m) => `${at()}${m.path}/${name}`),
  ]),
  get(`${prefix}${i}/bulkdata/:path{.+}`, 'images.read', (m) => `${at()}${m.path}/bulkdata/7FE00010`),
]
const renditions = (prefix: string, at: () => string): Case[] => [
  get(
    `${prefix}/:study/:series/:instance/:frame/view.json`,
    'images.read',
    (m) => `${at()}/${m.study}/${m.series}/${m.instance}/1/view.json`,
  ),
  get(
    `${prefix}/:study/:series/:instance/:frame/:file`,
    'images.read',
    (m) => `${at()}/${m.study}/${m.series}/${m.instance}/1/50.jpg`,
  ),
]

/** Of ours, what is not there: the next cases still need the image. */
const ghost = testImage()
const deletes = (...levels: [route: string, path: (image: TestImage) => string][]): Case[] =>
  levels.map(([route, path]) => ({
    route: `DELETE ${root}${route}`,
    action: 'images.delete',
    ask: (m) => ({ path: root + path(m === mine ? ghost : m), init: { method: 'DELETE' } }),
    ok: 404,
    names: true,
  }))

const cases: Case[] = [
  get(`${root}/studies`, 'images.read', () => `${root}/studies`),
  get(`${root}/series`, 'images.read', () => `${root}/series`),
  get(`${root}/instances`, 'images.read', () => `${root}/instances`),
  get(`${root}${s}/series`, 'images.read', (m) => `${root}${upOf(m)}/series`),
  get(`${root}${s}/instances`, 'images.read', (m) => `${root}${upOf(m)}/instances`),
  get(`${root}${x}/instances`, 'images.read', (m) => `${root}${xOf(m)}/instances`),
  ...retrieve(root, () => root),
  get(`${root}${i}/rendered`, 'images.read', (m) => `${root}${m.path}/rendered`),
  get(`${root}${s}/rendered`, 'images.read', (m) => `${root}${upOf(m)}/rendered`),
  get(`${root}${x}/rendered`, 'images.read', (m) => `${root}${xOf(m)}/rendered`),
  get(`${root}${i}/frames/:frames/rendered`, 'images.read', (m) => `${root}${m.path}/frames/1/rendered`),
  get(`${root}${s}/thumbnail`, 'images.read', (m) => `${root}${upOf(m)}/thumbnail`),
  get(`${root}${x}/thumbnail`, 'images.read', (m) => `${root}${xOf(m)}/thumbnail`),
  get(`${root}${i}/thumbnail`, 'images.read', (m) => `${root}${m.path}/thumbnail`),
  get(`${root}${i}/frames/:frames/thumbnail`, 'images.read', (m) => `${root}${m.path}/frames/1/thumbnail`),
  { route: `POST ${root}/studies`, action: 'images.upload', ask: (m) => storeBody([m.file]), names: false },
  {
    route: `POST ${root}/studies/:study`,
    action: 'images.upload',
    ask: (m) => storeBody([m.file], { study: m.study }),
    names: false, // another practice's study UID is as free as any: each holds its own
  },
  ...renditions('/renditions', () => '/renditions'),
  ...deletes([s, upOf], [x, xOf], [i, (image) => image.path]),
  {
    route: 'POST /api/studies/:study/restore',
    action: 'images.delete',
    ask: (m) => ({ path: `/api/studies/${m.study}/restore`, init: { method: 'POST' } }),
    ok: 404,
    names: true,
  },
  get('/api/deletions', 'images.delete', () => '/api/deletions'),
  {
    route: 'POST /api/studies/:study/annotations/dicom',
    action: 'images.annotate',
    ask: (m) => ({ path: `/api/studies/${m.study}/annotations/dicom`, init: { method: 'POST' } }),
    names: true,
  },
  {
    route: 'POST /api/comparisons/:comparison/dicom',
    action: 'images.annotate',
    ask: () => ({ path: `/api/comparisons/${randomUUID()}/dicom`, init: { method: 'POST' } }),
    ok: 404,
    names: false,
  },
  {
    route: 'POST /api/tracings/:tracing/dicom',
    action: 'images.annotate',
    ask: () => ({ path: `/api/tracings/${randomUUID()}/dicom`, init: { method: 'POST' } }),
    ok: 404,
    names: false,
  },
  get('/api/changes', 'images.read', () => '/api/changes'),
  get(`/api${i}/original`, 'images.read', (m) => `/api${m.path}/original`),
  get(
    '/wado',
    'images.read',
    (m) => `/wado?requestType=WADO&studyUID=${m.study}&seriesUID=${m.series}&objectUID=${m.instance}`,
    { names: true },
  ),
  get('/api/events', 'images.list', () => '/api/events'),
]
/** Under the share's own address: its cookie alone, its study alone. */
const sharedCases: Case[] = [
  ...retrieve('/s/:shareId/dicom-web', () => `/s/${share.id}/dicom-web`),
  ...renditions('/s/:shareId/renditions', () => `/s/${share.id}/renditions`),
]
const open = [
  'GET /healthz',
  'GET /readyz',
  'GET /metrics', // to this machine alone: tested below
  'OPTIONS /dicom-web', // capabilities: the same for everybody
  'OPTIONS /dicom-web/*',
]

/** Who may, by the table "Who may do what". */
const may: Record<Action, { roles: readonly TenantRole[]; scope: 'read' | 'write' | 'delete' }> = {
  'images.read': { roles: ['owner', 'dentist', 'assistant'], scope: 'read' },
  'images.upload': { roles: ['owner', 'dentist', 'assistant'], scope: 'write' },
  'images.list': { roles: ['owner', 'dentist', 'assistant', 'front-desk'], scope: 'read' },
  'images.delete': { roles: ['owner', 'dentist'], scope: 'delete' },
  'images.annotate': { roles: ['owner', 'dentist', 'assistant'], scope: 'write' },
}

async function ask(one: Case, image: TestImage, headers: Record<string, string>) {
  const { path, init } = one.ask(image)
  const end = new AbortController()
  const response = await gateway.request(path, {
    ...init,
    headers: { ...Object.fromEntries(new Headers(init?.headers)), ...headers },
    signal: end.signal,
  })
  const events = response.headers.get('Content-Type')?.startsWith('text/event-stream')
  const body = events
    ? (await response.body?.cancel(), '')
    : Buffer.from(await response.arrayBuffer()).toString('latin1')
  end.abort()
  return { status: response.status, body, headers: response.headers }
}
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

test('every route of the gateway stands in this suite', () => {
  const routes = new Set(
    gateway.app.routes
      .filter(({ method, path }) => method !== 'ALL' && !path.startsWith('/viewer'))
      .map(({ method, path }) => `${method} ${path}`),
  )
  const known = [...cases, ...sharedCases].map(({ route }) => route)
  expect([...routes].sort()).toEqual([...new Set([...known, ...open])].sort())
})

test('a route that gives anything of a practice stands behind allow', () => {
  const guarded = gateway.app.routes.filter(({ handler }) => 'action' in handler)
  for (const { route, action } of [...cases, ...sharedCases]) {
    const gate = guarded.find(({ method, path }) => `${method} ${path}` === route)
    expect(gate && Reflect.get(gate.handler, 'action'), route).toBe(action)
  }
})

describe.each([
  ['', cases],
  ['under a share', sharedCases],
] as const)('%s', (where, list) => {
  test('nobody: 401 with a challenge and a problem', async () => {
    for (const one of list) {
      const { status, headers, body } = await ask(one, mine, origin)
      expect(status, one.route).toBe(401)
      expect(headers.get('WWW-Authenticate')).toMatch(/^Bearer/)
      expect(headers.get('Content-Type')).toBe('application/problem+json')
      expect(JSON.parse(body)).toMatchObject({ status: 401, requestId: headers.get('X-Request-Id') })
    }
  })

  test('garbage, expired and revoked credentials: 401', async () => {
    const bad: Record<string, string>[] = [
      bearer('bw_nothing'),
      bearer(tokens.expired),
      bearer(tokens.revoked),
      { Authorization: 'Basic !!!' },
      { Authorization: `Basic ${Buffer.from(`x:${tokens.expired}`).toString('base64')}` },
      { Authorization: 'Bearer' },
      { Authorization: 'Negotiate abc' },
      { Cookie: 'bitewing_session=garbage' },
      { Cookie: 'bitewing_share=garbage' },
      { Cookie: `${cookies['owner']?.slice(0, -3)}xyz` },
    ]
    for (const one of list) {
      for (const headers of bad) {
        expect(
          (await ask(one, mine, { ...headers, ...origin })).status,
          `${one.route} ${JSON.stringify(headers)}`,
        ).toBe(401)
      }
    }
  })

  test("another practice's thing: 404, the same answer as for what does not exist", async () => {
    const credential = where === '' ? bearer(tokens.all) : { Cookie: share.cookie }
    for (const one of list.filter(({ names }) => names)) {
      const [other, none] = [await ask(one, theirs, credential), await ask(one, testImage(), credential)]
      expect(other.status, one.route).toBe(404)
      expect(comparable(other)).toEqual(comparable(none))
      // a UID of ours in a study of theirs
      const mixed = { ...mine, study: theirs.study, path: mine.path.replace(mine.study, theirs.study) }
      expect((await ask(one, mixed, credential)).status).toBe(404)
    }
  })
})

function comparable({ status, body, headers }: { status: number; body: string; headers: Headers }) {
  const problem: unknown = JSON.parse(body)
  return {
    status,
    headers: [...headers].filter(([name]) => name !== 'x-request-id'),
    problem: { ...(problem as object), requestId: '' },
  }
}

test('the whole role table, every route', async () => {
  for (const one of cases) {
    const allowed = one.action ? may[one.action] : null
    for (const role of [...roles, 'operator']) {
      const expected = allowed?.roles.some((name) => name === role) ? (one.ok ?? 200) : 403
      const { status } = await ask(one, mine, { Cookie: cookies[role] ?? '', ...origin })
      expect(status, `${one.route} as ${role}`).toBe(expected)
    }
    for (const scope of ['read', 'write', 'delete'] as const) {
      const { status } = await ask(one, mine, bearer(tokens[scope]))
      expect(status, `${one.route} by a token to ${scope}`).toBe(
        allowed?.scope === scope ? (one.ok ?? 200) : 403,
      )
    }
  }
})

test('a refusal is on record, with what was tried', async () => {
  const db = connectDatabase(gateway.database.superuserUrl, 1)
  const { rows } = await db.client.query<{ detail: { action: string } }>(
    `
    SELECT detail FROM audit_events WHERE kind = 'access.denied' AND chain_id = $1`,
    [north.id],
  )
  const { rows: refused } = await db.client.query(
    `SELECT 1 FROM audit_events WHERE kind = 'credential.refused'`,
  )
  await closeDatabase(db)
  expect(new Set(rows.map(({ detail }) => detail.action))).toEqual(
    new Set(['images.read', 'images.upload', 'images.list', 'images.delete', 'images.annotate']),
  )
  expect(refused.length).toBeGreaterThan(0)
})

test('Basic with the token as password is taken, whatever the user', async () => {
  const Authorization = `Basic ${Buffer.from(`anybody:${tokens.read}`).toString('base64')}`
  expect((await gateway.request('/dicom-web/studies', { headers: { Authorization } })).status).toBe(200)
})

test('a page of the browser is not asked for a password by a window of the browser', async () => {
  const response = await gateway.request('/dicom-web/studies', { headers: { 'Sec-Fetch-Mode': 'cors' } })
  expect(response.headers.get('WWW-Authenticate')).not.toContain('Basic')
})

test('a share opens its own study under its own address, and nothing by any other way', async () => {
  const cookie = { Cookie: share.cookie }
  for (const one of sharedCases) expect((await ask(one, mine, cookie)).status, one.route).toBe(200)
  for (const one of cases)
    expect((await ask(one, mine, { ...cookie, ...origin })).status, one.route).toBe(401)

  const second = testImage()
  await store(second, tokens.all)
  const other = await makeShare(north, second)
  const path = (id: string, image: TestImage) => `/s/${id}/dicom-web${image.path}/metadata`
  const status = async (...args: Parameters<typeof path>) =>
    (await gateway.request(path(...args), { headers: cookie })).status
  expect(await status(share.id, mine)).toBe(200)
  expect(await status(share.id, second)).toBe(404) // of the same practice
  expect(await status(other.id, second)).toBe(401)
  expect(await status('x', mine)).toBe(401)
  for (const [method, rest] of [
    ['GET', '/studies'],
    ['POST', '/studies'],
    ['GET', `${upOf(mine)}/series`],
  ] as const) {
    const response = await gateway.request(`/s/${share.id}/dicom-web${rest}`, {
      method,
      headers: { ...cookie, ...origin },
    })
    expect(response.status, rest).toBe(404)
  }
  // a staff session or a token joins nothing there
  for (const headers of [{ Cookie: cookies['owner'] ?? '' }, bearer(tokens.all)]) {
    expect((await gateway.request(path(share.id, mine), { headers })).status).toBe(401)
  }
})

// the way that a saved comparison leaves the practice
test('a comparison in a link opens the pictures it shows, under the window it asks for, and nothing else', async () => {
  const [before, after, unshown] = [testImage({ grey: 100 }), testImage({ grey: 140 }), testImage()]
  for (const image of [before, after, unshown]) await store(image, tokens.all)
  const { db } = gateway.system
  const userId = (await north.user('dentist')).id
  const which = await withTenant(db, north.id, async (tx) => {
    const rows = await tx
      .select({ id: instances.id, uid: instances.sopInstanceUid, patientId: studies.patientId })
      .from(instances)
      .innerJoin(studies, eq(studies.id, instances.studyId))
      .where(inArray(instances.sopInstanceUid, [before.instance, after.instance]))
    const patientId = rows[0]?.patientId ?? ''
    const images = rows.map(({ id }) => ({
      instanceId: id,
      frame: 1,
      mirrored: false,
      placedBy: 'none' as const,
      similarity: null,
      landmarks: [],
      errorPixels: null,
    }))
    const draft = { patientId, title: '', mode: 'slider' as const, images }
    const saved = await saveComparison(tx, north.id, draft, null, userId)
    if (!saved.saved) throw new Error(saved.why)
    return { tenantId: north.id, patientId, comparisonId: saved.id, userId }
  })
  const expiresAt = new Date(Date.now() + 3_600_000)
  const alone = await createComparisonShare(db, { ...which, recipient: 'Somebody', expiresAt })
  const opened = alone && (await openShare(db, alone.token))
  if (!opened) throw new Error('no share')
  const cookieOf = { [opened.shareId]: `${shareCookieName}=${opened.cookieValue}`, [share.id]: share.cookie }
  const get = async (shareId: string, path: string) => {
    const headers = { Cookie: cookieOf[shareId] ?? '' }
    const response = await gateway.request(`/s/${shareId}${path}`, { headers })
    return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) }
  }
  const pictureOf = ({ study, series, instance }: TestImage, frame = 1, rest = '512.png') =>
    `/renditions/${study}/${series}/${instance}/${frame}/${rest}`
  const statuses = (shareId: string) =>
    Promise.all(
      [
        pictureOf(before),
        pictureOf(after),
        pictureOf(before, 1, 'view.json'),
        pictureOf(before, 2),
        pictureOf(unshown),
        pictureOf({ ...unshown, instance: before.instance }),
        `/dicom-web${before.path}`,
        `/dicom-web${before.path}/metadata`,
        `/dicom-web${before.path}/frames/1`,
        `/dicom-web${before.path}/rendered`,
      ].map(async (path) => (await get(shareId, path)).status),
    )
  expect(await statuses(opened.shareId)).toEqual([200, 200, 200, 401, 401, 404, 401, 401, 401, 404])
  // a link to a study opens them once they are added, and what it opened before
  expect(await statuses(share.id)).toEqual([404, 404, 404, 404, 404, 404, 404, 404, 404, 404])
  const added = { ...which, shareId: share.id }
  expect(await addToShare(db, added)).toBe(true)
  expect(await statuses(share.id)).toEqual([200, 200, 200, 404, 404, 404, 404, 404, 404, 404])
  expect((await get(share.id, pictureOf(mine))).status).toBe(200)

  const level = async (window: string) => {
    const { status, bytes } = await get(opened.shareId, pictureOf(before, 1, `512.png?window=${window}`))
    expect(status).toBe(200)
    return Math.round((await sharp(bytes).stats()).channels[0]?.mean ?? -1)
  }
  expect([await level('100,2,linear'), await level('200,2,linear')]).toEqual([expect.any(Number), 0])
  expect(await level('50,2,linear')).toBe(255)
  for (const [rest, status] of [
    ['512.png?window=100,2', 400],
    ['50.png?window=100,2,linear', 400],
    ['512.avif?window=100,2,linear', 400],
  ] as const)
    expect((await get(opened.shareId, pictureOf(before, 1, rest))).status, rest).toBe(status)

  await takeFromShare(db, added)
  await revokeShare(db, { tenantId: north.id, shareId: opened.shareId })
  expect((await get(share.id, pictureOf(before))).status).toBe(404)
  expect((await get(opened.shareId, pictureOf(before))).status).toBe(401)
})

test('addresses in the metadata of a share stay within the share', async () => {
  const response = await gateway.request(`/s/${share.id}/dicom-web${mine.path}/metadata`, {
    headers: { Cookie: share.cookie },
  })
  const [metadata] = (await response.json()) as DicomJson[]
  const uri = metadata?.['7FE00010']?.BulkDataURI
  if (uri !== undefined) expect(uri).toMatch(new RegExp(`^http://gateway.test/s/${share.id}/`))
})

test('a revoked share opens nothing at the next request', async () => {
  const brief = await makeShare(north, mine)
  const ask = () =>
    gateway.request(`/s/${brief.id}/renditions/${mine.study}/${mine.series}/${mine.instance}/1/50.jpg`, {
      headers: { Cookie: brief.cookie },
    })
  expect((await ask()).status).toBe(200)
  await revokeShare(gateway.system.db, { tenantId: north.id, shareId: brief.id })
  expect((await ask()).status).toBe(401)
})

test('an upload by cookie needs the Origin of our own pages; one by token does not', async () => {
  const { path, init } = storeBody([mine.file])
  const post = (headers: Record<string, string>) =>
    gateway.request(path, { ...init, headers: { ...init.headers, ...headers } })
  const cookie = { Cookie: cookies['dentist'] ?? '' }
  for (const [expected, headers] of [
    [403, {}],
    [403, { Origin: 'https://evil.test' }],
    [403, { Origin: 'null' }],
    [403, { Origin: 'https://viewer.test' }], // listed for tokens, not for cookies
    [403, { Origin: 'http://gateway.test.evil.test' }],
    [200, origin],
  ] as const) {
    const response = await post({ ...cookie, ...headers })
    expect(response.status, JSON.stringify(headers)).toBe(expected)
  }
  expect((await post(bearer(tokens.write))).status).toBe(200)
})

test('CORS: a preflight of a listed viewer is answered without credentials, another is refused', async () => {
  const preflight = (Origin: string) =>
    gateway.request('/dicom-web/studies', {
      method: 'OPTIONS',
      headers: {
        Origin,
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'authorization',
      },
    })
  const listed = await preflight('https://viewer.test')
  expect(listed.status).toBe(204)
  expect(listed.headers.get('Access-Control-Allow-Origin')).toBe('https://viewer.test')
  expect(listed.headers.get('Access-Control-Allow-Headers')).toContain('Authorization')
  expect(listed.headers.get('Access-Control-Allow-Credentials')).toBeNull()
  const foreign = await preflight('https://evil.test')
  expect(foreign.status).toBe(403)
  expect(foreign.headers.get('Access-Control-Allow-Origin')).toBeNull()
})

test('CORS: answers and errors can be read by a listed viewer, and by no other', async () => {
  for (const headers of [bearer(tokens.read), {}]) {
    const listed = await gateway.request('/dicom-web/studies', {
      headers: { ...headers, Origin: 'https://viewer.test' },
    })
    expect(listed.headers.get('Access-Control-Allow-Origin')).toBe('https://viewer.test')
    expect(listed.headers.get('Access-Control-Expose-Headers')).toContain('Warning')
    expect(listed.headers.get('Vary')).toContain('Origin')
    const foreign = await gateway.request('/dicom-web/studies', {
      headers: { ...headers, Origin: 'https://evil.test' },
    })
    expect(foreign.headers.get('Access-Control-Allow-Origin')).toBeNull()
  }
})

test('a method that a path does not take: 405 with Allow; an address that is none: 404', async () => {
  for (const [method, path, allow] of [
    ['DELETE', '/dicom-web/studies', 'GET, HEAD, POST'],
    ['PUT', `/dicom-web${mine.path}`, 'GET, HEAD, DELETE'],
    ['POST', '/dicom-web/series', 'GET, HEAD'],
    ['POST', `/renditions/${mine.study}/${mine.series}/${mine.instance}/1/50.jpg`, 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['POST', '/api/events', 'GET, HEAD'],
    ['POST', `/s/${share.id}/dicom-web${mine.path}`, 'GET, HEAD'],
  ] as const) {
    const response = await gateway.request(path, { method, as: tokens.all })
    expect([path, response.status, response.headers.get('Allow')]).toEqual([path, 405, allow])
    expect(await response.json()).toMatchObject({
      status: 405,
      type: 'urn:bitewing:problem:method-not-allowed',
    })
  }
  const options = await gateway.request('/dicom-web/studies', { method: 'OPTIONS' })
  expect([options.status, options.headers.get('Allow')]).toEqual([200, 'GET, HEAD, POST, OPTIONS'])
  for (const path of [
    '/dicom-web',
    '/dicom-web/patients',
    '/renditions/x',
    '/api/nothing',
    '/s/x/dicom-web/y',
    '/anything',
  ]) {
    expect((await gateway.request(path, { as: tokens.all })).status, path).toBe(404)
  }
})

test('words that are no UIDs, and control characters, are 404 or 400 and never a server error', async () => {
  for (const word of [
    '%00',
    'a%00b',
    '%0d%0aX:1',
    "1'--",
    '..%2f..%2fetc',
    '%ff%fe',
    '%F0%9F%98%80',
    '1'.repeat(5000),
  ]) {
    for (const path of [
      `/dicom-web/studies/${word}/metadata`,
      `/dicom-web/studies/${mine.study}/series/${word}/metadata`,
      `/dicom-web/studies/${word}/series`,
      `/dicom-web${mine.path.replace(mine.instance, word)}/frames/1`,
      `/dicom-web${mine.path}/frames/${word}`,
      `/dicom-web${mine.path}/bulkdata/${word}`,
      `/renditions/${word}/${word}/${word}/1/50.jpg`,
      `/renditions/${mine.study}/${mine.series}/${mine.instance}/${word}/${word}`,
      `/dicom-web/studies?PatientName=${word}`,
      `/dicom-web/studies?StudyInstanceUID=${word}`,
      `/s/${word}/dicom-web${mine.path}`,
    ]) {
      const { status } = await gateway.request(path, { as: tokens.all })
      expect(status, path.slice(0, 150)).toBeOneOf(
        path.includes('PatientName') ? [200, 400] : [400, 401, 404],
      )
    }
  }
})

describe('on a real port', () => {
  let url: string
  beforeAll(async () => {
    url = await gateway.serve()
  })

  test('/metrics is for this machine alone: a request that a proxy passed on gets nothing', async () => {
    expect((await fetch(`${url}/metrics`)).status).toBe(200)
    for (const name of ['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'Via']) {
      expect((await fetch(`${url}/metrics`, { headers: { [name]: '127.0.0.1' } })).status).toBe(404)
    }
  })

  // Hono answers HEAD by the GET handler: what that opened must be let go, or the archive's connections run out.
  test('HEAD tells what GET would, without a body, as often as one likes', async () => {
    const headers = { ...bearer(tokens.read), Accept: 'application/dicom; transfer-syntax=*' }
    for (let time = 0; time < 40; time++) {
      const head = await fetch(`${url}/dicom-web${mine.path}`, { method: 'HEAD', headers })
      expect([head.status, head.headers.get('Content-Length')]).toEqual([200, String(mine.file.length)])
    }
    const got = await fetch(`${url}/dicom-web${mine.path}`, { headers, signal: AbortSignal.timeout(5000) })
    expect(Buffer.from(await got.arrayBuffer()).equals(mine.file)).toBe(true)
  })

  test('a client that goes away frees what its request held', async () => {
    const headers = {
      ...bearer(tokens.read),
      Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*',
    }
    for (let time = 0; time < 40; time++) {
      const end = new AbortController()
      const response = await fetch(`${url}/dicom-web${upOf(mine)}`, { headers, signal: end.signal })
      expect(response.status).toBe(200)
      end.abort()
    }
    const got = await fetch(`${url}/dicom-web${upOf(mine)}`, { headers, signal: AbortSignal.timeout(5000) })
    expect((await got.arrayBuffer()).byteLength).toBeGreaterThan(mine.file.length)
  })
})

// Orthanc holds one file under four equal identifiers; each practice must get its own all the same.
describe.each([
  ['identical bytes', 100],
  ['different bytes', 200],
])('two practices that hold the same UIDs with %s', (_, grey) => {
  test.each([[['north', 'south']], [['south', 'north']]])(
    'get exactly their own, stored in the order %s',
    async (order) => {
      const uids = { study: newUid(), series: newUid(), instance: newUid() }
      const files = {
        north: testImage({ ...uids, grey: 100, attributes: { '00081030': ['LO', 'Same'] } }),
        south: testImage({ ...uids, grey, attributes: { '00081030': ['LO', 'Same'] } }),
      }
      const as = { north: tokens.all, south: tokens.south }
      for (const name of order)
        await store(files[name === 'north' ? 'north' : 'south'], as[name === 'north' ? 'north' : 'south'])
      // south alone has a second instance in the study
      const extra = testImage({ study: uids.study, series: uids.series })
      await store(extra, tokens.south)

      for (const name of ['north', 'south'] as const) {
        const image = files[name]
        const retrieved = await gateway.request(`/dicom-web${image.path}`, {
          as: as[name],
          headers: { Accept: 'application/dicom; transfer-syntax=*' },
        })
        expect(Buffer.from(await retrieved.arrayBuffer()).equals(image.file)).toBe(true)
        const frame = await gateway.request(`/dicom-web${image.path}/frames/1`, {
          as: as[name],
          headers: { Accept: 'application/octet-stream' },
        })
        expect(Buffer.from(await frame.arrayBuffer())[0]).toBe(name === 'north' ? 100 : grey)
        const search = await gateway.request(`/dicom-web/studies?StudyInstanceUID=${uids.study}`, {
          as: as[name],
        })
        const found = (await search.json()) as DicomJson[]
        expect(found).toHaveLength(1)
        expect(values(found[0], '00201208')).toEqual([name === 'north' ? 1 : 2])
        const stranger = await gateway.request(`/dicom-web${extra.path}`, { as: as[name] })
        expect(stranger.status).toBe(name === 'north' ? 404 : 200)
      }
    },
  )
})
