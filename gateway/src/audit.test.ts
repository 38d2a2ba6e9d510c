import { closeDatabase, connectDatabase, createAudit, type Database } from '@bitewing/db'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from './app.ts'
import { createLog } from './log.ts'
import { startTestGateway, type TestGateway } from './testing/start-test-gateway.ts'
import { storeBody } from './testing/store-body.ts'
import { testImage } from './testing/test-image.ts'
import type { TestPractice } from './testing/test-practice.ts'

let gateway: TestGateway
let practice: TestPractice
let superuser: Database
let token: string
const image = testImage({
  attributes: {
    '00100010': ['PN', 'Gagné-Secret^Zoé'],
    '00100020': ['LO', 'PATIENT-4711'],
    '00080050': ['SH', 'ACC-4711'],
  },
})

beforeAll(async () => {
  gateway = await startTestGateway()
  superuser = connectDatabase(gateway.database.superuserUrl, 1)
  practice = await gateway.practice('north')
  token = await practice.token(['read', 'write'])
  const { path, init } = storeBody([image.file])
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
})
afterAll(async () => {
  await closeDatabase(superuser)
  await gateway.stop()
})

type Event = {
  kind: string
  outcome: string
  actor_kind: string
  actor_id: string
  address: string
  patient_id: string | null
  study_id: string | null
  detail: Record<string, unknown>
}
const events = async () => {
  const { rows } = await superuser.client.query<Event>(
    `SELECT kind, outcome, actor_kind, actor_id, address, patient_id, study_id, detail
     FROM audit_events WHERE chain_id = $1 ORDER BY position`,
    [practice.id],
  )
  return rows
}

const { study, series, instance } = image
const accesses: readonly [kind: string, path: string][] = [
  ['studies.searched', '/dicom-web/studies?PatientName=Gagn*'],
  ['study.listed', `/dicom-web/studies/${study}/series`],
  ['metadata.retrieved', `/dicom-web/studies/${study}/series/${series}/metadata`],
  ['metadata.retrieved', `/dicom-web${image.path}/metadata`],
  ['images.retrieved', `/dicom-web${image.path}`],
  ['images.retrieved', `/dicom-web${image.path}/frames/1`],
  ['images.retrieved', `/dicom-web${image.path}/bulkdata/7FE00010`],
  ['images.viewed', `/dicom-web${image.path}/rendered`],
  ['images.viewed', `/dicom-web${image.path}/thumbnail`],
  ['images.viewed', `/renditions/${study}/${series}/${instance}/1/200.jpg`],
]

test('storing leaves its event: who, from where, which patient and study', async () => {
  const stored = (await events()).find(({ kind }) => kind === 'images.stored')
  expect(stored).toMatchObject({
    outcome: 'success',
    actor_kind: 'token',
    detail: { bytes: image.file.length },
  })
  expect(stored?.patient_id).not.toBeNull()
  expect(stored?.study_id).not.toBeNull()
})

test.each(accesses)('%s: no event, no bytes: %s', async (_, path) => {
  const fresh = await practice.token(['read']) // whose accesses are not covered by an earlier opening
  await superuser.client.query(`REVOKE INSERT ON audit_events FROM bitewing_app`)
  try {
    const response = await gateway.request(path, { as: fresh })
    expect(response.status).toBeGreaterThanOrEqual(500)
    expect(response.headers.get('Content-Type')).toBe('application/problem+json')
    expect(response.headers.get('ETag')).toBeNull()
    const body = Buffer.from(await response.arrayBuffer()).toString('latin1')
    expect(Object.keys(JSON.parse(body) as object).sort()).toEqual(['requestId', 'status', 'title', 'type'])
    const { path: store, init } = storeBody([testImage().file])
    const { rows: before } = await superuser.client.query(`SELECT count(*) FROM instances`)
    expect((await gateway.request(store, { ...init, as: token })).status).toBeGreaterThanOrEqual(500)
    expect((await superuser.client.query(`SELECT count(*) FROM instances`)).rows).toEqual(before)
  } finally {
    await superuser.client.query(`GRANT INSERT ON audit_events TO bitewing_app`)
  }
  expect((await gateway.request(path, { as: fresh })).status).toBe(200)
})

test.each(accesses)('%s: the event is there when the answer is: %s', async (kind, path) => {
  const fresh = await practice.token(['read'])
  const known = (await events()).length
  expect((await gateway.request(path, { as: fresh })).status).toBe(200)
  const [event, ...more] = (await events()).slice(known)
  expect(more).toEqual([])
  expect(event).toMatchObject({ kind, outcome: 'success', actor_kind: 'token' })
  if (kind !== 'studies.searched') expect([event?.study_id, event?.patient_id]).not.toContain(null)
})

test('a hundred accesses to one study by one actor are one event, a second actor another', async () => {
  const [one, two] = [await practice.token(['read']), await practice.token(['read'])]
  const known = (await events()).length
  for (let time = 0; time < 50; time++) await gateway.request(`/dicom-web${image.path}/frames/1`, { as: one })
  await Promise.all(
    Array.from({ length: 50 }, () => gateway.request(`/dicom-web${image.path}/frames/1`, { as: one })),
  )
  expect((await events()).length).toBe(known + 1)
  await gateway.request(`/dicom-web${image.path}/frames/1`, { as: two })
  expect((await events()).length).toBe(known + 2)
})

test('304 is an access too', async () => {
  const [one, two] = [await practice.token(['read']), await practice.token(['read'])]
  const path = `/renditions/${study}/${series}/${instance}/1/50.jpg`
  const ETag = (await gateway.request(path, { as: one })).headers.get('ETag') ?? ''
  const known = (await events()).length
  expect((await gateway.request(path, { as: two, headers: { 'If-None-Match': ETag } })).status).toBe(304)
  expect((await events()).length).toBe(known + 1)
})

const secrets = ['Gagn', 'Secret', 'PATIENT-4711', 'ACC-4711', study, series, instance]

test('the audit log holds ids and no names, no UIDs, no tokens', async () => {
  const rows = JSON.stringify(
    (await superuser.client.query(`SELECT row_to_json(a)::text FROM audit_events a`)).rows,
  )
  for (const secret of [...secrets, token]) expect(rows).not.toContain(secret)
})

test('logs hold no names, UIDs or tokens, whatever goes wrong', async () => {
  const lines: string[] = []
  {
    const log = createLog(
      { level: 'trace', process: 'gateway' },
      { write: (line: string) => lines.push(line) },
    )
    const app = createApp({ ...gateway.system, log, metrics: new Registry() })
    const ask = (path: string, init: RequestInit = {}) =>
      app.request(`http://gateway.test${path}`, {
        ...init,
        headers: { Authorization: `Bearer ${token}`, ...Object.fromEntries(new Headers(init.headers)) },
      })
    for (const [, path] of accesses) await ask(path)
    await ask(`/dicom-web/studies?PatientID=PATIENT-4711&StudyDate=x`)
    await ask('/dicom-web/studies', { headers: { Authorization: 'Bearer bw_wrong-secret-token' } })
    const { path, init } = storeBody([Buffer.from('Gagné-Secret'), image.file.subarray(0, -20)])
    await ask(path, init)
    // a query that fails carries its parameters in its message
    await superuser.client.query(`REVOKE SELECT ON studies FROM bitewing_app`)
    try {
      expect((await ask(`/dicom-web/studies?PatientName=Gagn*&PatientID=PATIENT-4711`)).status).toBe(500)
      await ask(`/dicom-web${image.path}/metadata`)
    } finally {
      await superuser.client.query(`GRANT SELECT ON studies TO bitewing_app`)
    }
  }
  const text = lines.join('')
  expect(text).toContain('request failed')
  for (const secret of [...secrets, token, 'bw_wrong']) expect(text).not.toContain(secret)
})

test('every frame that was served is in the count of an event: alone, in lists, rendered, many at once', async () => {
  const audit = createAudit({ db: gateway.system.db })
  const app = createApp({ ...gateway.system, audit, metrics: new Registry() })
  const fresh = await practice.token(['read'])
  const ask = async (path: string) =>
    app.request(`http://gateway.test${path}`, { headers: { Authorization: `Bearer ${fresh}` } })
  const three = testImage({
    study: image.study,
    attributes: { '00280008': ['IS', '3'], '7FE00010': ['OW', new Uint8Array(3 * 16 * 16 * 2).fill(7)] },
  })
  const { path: store, init } = storeBody([three.file])
  expect((await gateway.request(store, { ...init, as: token })).status).toBe(200)

  const asked: readonly [path: string, frames: number, times: number][] = [
    [`/dicom-web${image.path}/frames/1`, 1, 20],
    [`/dicom-web${three.path}/frames/1,2,3`, 3, 5],
    [`/dicom-web${three.path}/frames/2`, 1, 4],
    [`/dicom-web${three.path}/frames/3/rendered`, 1, 2],
    [`/renditions/${image.study}/${image.series}/${image.instance}/1/50.jpg`, 1, 3],
  ]
  const known = (await events()).length
  for (const [path, , times] of asked) {
    const answers = await Promise.all(Array.from({ length: times }, () => ask(path)))
    for (const answer of answers) {
      expect(answer.status, path).toBe(200)
      expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(0)
    }
  }
  await audit.close() // writes the closing events
  const closing = (await events()).slice(known).filter(({ detail }) => detail['closed'] === true)
  const sum = (name: string) => closing.reduce((total, { detail }) => total + Number(detail[name]), 0)
  expect(sum('frames')).toBe(asked.reduce((total, [, frames, times]) => total + frames * times, 0))
  expect(sum('requests')).toBe(asked.reduce((total, [, , times]) => total + times, 0))
})
