import { closeDatabase, connectDatabase, withTenant } from '@bitewing/db'
import { changes } from '@bitewing/db/schema'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import type { TestPractice } from '../testing/test-practice.ts'
import { newUid, testImage, type TestImage } from '../testing/test-image.ts'
import { changesKeptDays, trimChanges } from './trim-changes.ts'

let gateway: TestGateway
let north: TestPractice
let token: string
let south: string

beforeAll(async () => {
  gateway = await startTestGateway()
  north = await gateway.practice('north')
  token = await north.token(['read', 'write', 'delete'])
  south = await (await gateway.practice('south')).token(['read', 'write'])
})
afterAll(() => gateway.stop())

type Feed = {
  changes: {
    sequence: number
    kind: string
    at: string
    studyInstanceUid: string
    seriesInstanceUid: string | null
    sopInstanceUid: string | null
  }[]
  last: number
  done: boolean
}
async function feed(since: number, { as = token, limit = '' } = {}): Promise<Feed> {
  const response = await gateway.request(`/api/changes?since=${since}${limit && `&limit=${limit}`}`, { as })
  expect(response.status).toBe(200)
  return (await response.json()) as Feed
}
async function store(...images: TestImage[]) {
  const { path, init } = storeBody(images.map(({ file }) => file))
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
}

test('what comes, goes and comes back is in the feed of the practice, in order, page by page', async () => {
  const study = newUid()
  const series = newUid()
  const images = [testImage({ study, series }), testImage({ study, series })] as const
  await store(...images)
  const first = await feed(0)
  expect(first.changes.map(({ kind }) => kind).sort()).toEqual([
    'instance.stored',
    'instance.stored',
    'series.stored',
    'study.stored',
  ])
  expect(first.changes.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4])
  expect([first.last, first.done]).toEqual([4, true])
  const instances = first.changes.filter(({ kind }) => kind === 'instance.stored')
  expect(instances.map(({ sopInstanceUid }) => sopInstanceUid).sort()).toEqual(
    images.map(({ instance }) => instance).sort(),
  )
  expect(new Set(instances.map((one) => [one.studyInstanceUid, one.seriesInstanceUid].join()))).toEqual(
    new Set([`${study},${series}`]),
  )

  await gateway.request(`/dicom-web${images[0].path}`, { method: 'DELETE', as: token })
  expect((await feed(4)).changes.map(({ kind, sopInstanceUid }) => [kind, sopInstanceUid])).toEqual([
    ['instance.deleted', images[0].instance],
  ])
  await gateway.request(`/dicom-web/studies/${study}`, { method: 'DELETE', as: token })
  expect((await feed(5)).changes.map(({ kind }) => kind).sort()).toEqual([
    'instance.deleted',
    'series.deleted',
    'study.deleted',
  ])
  await gateway.request(`/api/studies/${study}/restore`, { method: 'POST', as: token })
  expect((await feed(8)).changes.map(({ kind }) => kind).sort()).toEqual([
    'instance.restored',
    'instance.restored',
    'series.restored',
    'study.restored',
  ])

  const pages: number[] = []
  for (let since = 0, done = false; !done;) {
    const page = await feed(since, { limit: '5' })
    expect(page.changes.length).toBeLessThanOrEqual(5)
    pages.push(...page.changes.map(({ sequence }) => sequence))
    ;({ last: since, done } = page)
  }
  expect(pages).toEqual(Array.from({ length: 12 }, (_, at) => at + 1))
  expect(await feed(12)).toEqual({ changes: [], last: 12, done: true })
  expect(await feed(0, { as: south })).toEqual({ changes: [], last: 0, done: true })
})

// A reader that has seen position n must never find anything new at or before n.
test('a transaction that commits late gets later numbers, one that never commits gets none', async () => {
  const { last } = await feed(0, { limit: '1000' })
  const note = (study: string, written: () => Promise<unknown>) =>
    withTenant(gateway.system.db, north.id, async (tx) => {
      await tx.insert(changes).values({ tenantId: north.id, kind: 'study.stored', studyInstanceUid: study })
      await written()
    })
  const [isWritten, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const late = note('1.1', () => {
    isWritten.resolve()
    return gate.promise
  })
  await isWritten.promise
  await expect(note('1.2', () => Promise.reject(new Error('rolled back')))).rejects.toThrow()
  await note('1.3', () => Promise.resolve())
  const before = await feed(last)
  expect(before.changes.map(({ sequence, studyInstanceUid }) => [sequence, studyInstanceUid])).toEqual([
    [last + 1, '1.3'],
  ])
  gate.resolve()
  await late
  const after = await feed(last + 1)
  expect(after.changes.map(({ sequence, studyInstanceUid }) => [sequence, studyInstanceUid])).toEqual([
    [last + 2, '1.1'],
  ])
})

test('many readers and writers at once: every change once, without gaps', async () => {
  const { last } = await feed(0, { limit: '1000' })
  const images = Array.from({ length: 12 }, () => testImage())
  const seen: Feed['changes'] = []
  let position = last
  let writing = true
  const read = async () => {
    while (writing || !(await feed(position)).done || (await feed(position)).changes.length > 0) {
      const page = await feed(position, { limit: '7' })
      seen.push(...page.changes)
      position = page.last
    }
  }
  const others = Promise.all(Array.from({ length: 4 }, () => feed(0, { limit: '1000' })))
  await Promise.all([
    read(),
    others,
    Promise.all(images.map((image) => store(image))).then(() => (writing = false)),
  ])
  expect(seen.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 36 }, (_, at) => last + at + 1))
  const stored = seen.filter(({ kind }) => kind === 'instance.stored')
  expect(stored.map(({ sopInstanceUid }) => sopInstanceUid).sort()).toEqual(
    images.map(({ instance }) => instance).sort(),
  )
})

test('what is older than the feed is kept is gone: 410 to who has not read it, and the newest always stays', async () => {
  const east = await gateway.practice('east')
  const as = await east.token(['read', 'write'])
  const store = async () => {
    const { path, init } = storeBody([testImage().file])
    expect((await gateway.request(path, { ...init, as })).status).toBe(200)
  }
  const age = (days: number) =>
    asOwner(async (client) => {
      await client.query('SELECT set_config($1, $2, false)', ['bitewing.tenant_id', east.id])
      await client.query(
        `UPDATE changes SET at = now() - make_interval(days => ${days}) WHERE tenant_id = $1`,
        [east.id],
      )
    })
  await store() // 1 to 3, read
  expect((await feed(0, { as })).last).toBe(3)
  await store() // 4 to 6, unread
  await age(changesKeptDays + 1)
  await store() // 7 to 9
  expect(await trimChanges(gateway.system.db)).toBe(6)
  expect(await trimChanges(gateway.system.db)).toBe(0)
  for (const since of [0, 3, 5]) {
    const response = await gateway.request(`/api/changes?since=${since}`, { as })
    expect(response.status).toBe(410)
    expect(((await response.json()) as { title: string }).title).toContain('since=6')
  }
  expect((await feed(6, { as })).changes.map(({ sequence }) => sequence)).toEqual([7, 8, 9])

  // a feed that is all old goes on counting
  await age(changesKeptDays + 1)
  expect(await trimChanges(gateway.system.db)).toBe(2)
  expect(await feed(9, { as })).toMatchObject({ changes: [], last: 9, done: true })
  await store()
  expect((await feed(9, { as })).changes.map(({ sequence }) => sequence)).toEqual([10, 11, 12])
  expect((await feed(0)).changes.length).toBeGreaterThan(0) // of another practice, all is there
})

/** As the owner of everything, past the app's rights. */
async function asOwner(work: (client: ReturnType<typeof connectDatabase>['client']) => Promise<unknown>) {
  const db = connectDatabase(gateway.database.superuserUrl, 1)
  await work(db.client)
  await closeDatabase(db)
}

test.each(['since=x', 'since=-1', 'limit=a', 'since=1.5'])('400 for %s', async (query) => {
  expect((await gateway.request(`/api/changes?${query}`, { as: token })).status).toBe(400)
})
