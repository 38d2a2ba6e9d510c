import { Readable } from 'node:stream'
import {
  asSystem,
  assignQuarantine,
  deleteImages,
  listDeletions,
  restoreImages,
  withTenant,
} from '@bitewing/db'
import { archiveCheckpoints, instances, quarantinedArrivals } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestIngest, type TestIngest } from '../ingest/start-test-ingest.ts'
import { auditDetails } from '../testing/audit-details.ts'
import { sequence, values, type DicomJson } from '../testing/dicom-json.ts'
import { heldThings } from '../testing/held-things.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import type { TestPractice } from '../testing/test-practice.ts'
import { newUid, testImage, type TestImage } from '../testing/test-image.ts'
import { secureOriginal } from '../originals/secure-original.ts'
import { purgeDeletions } from './purge-deletions.ts'

const system = { actor: { kind: 'system', id: null } } as const

function helpers(gateway: () => TestGateway) {
  const get = (as: string, path: string, headers: Record<string, string> = {}) =>
    gateway().request(`/dicom-web${path}`, { as, headers })
  return {
    get,
    status: async (as: string, path: string) => (await get(as, path)).status,
    remove: async (as: string, path: string) =>
      (await gateway().request(`/dicom-web${path}`, { as, method: 'DELETE' })).status,
    async store(as: string, ...images: TestImage[]) {
      const { path, init } = storeBody(images.map(({ file }) => file))
      const response = await gateway().request(path, { ...init, as })
      await gateway().fillArchive()
      const answer = (await response.json()) as DicomJson
      const failed = sequence(answer, '00081198').map((item) => values(item, '00081197')[0])
      return { status: response.status, failed }
    },
    async search(as: string, path: string) {
      return (await (await get(as, path)).json()) as DicomJson[]
    },
  }
}

describe('within the time of grace', () => {
  let gateway: TestGateway
  let north: TestPractice
  let token: string
  let south: string
  const { get, status, remove, store, search } = helpers(() => gateway)

  beforeAll(async () => {
    gateway = await startTestGateway()
    north = await gateway.practice('north')
    token = await north.token(['read', 'write', 'delete'])
    south = await (await gateway.practice('south')).token(['read', 'write', 'delete'])
  })
  afterAll(() => gateway.stop())

  const study = newUid()
  const [a, b] = [newUid(), newUid()]
  const images = [
    testImage({ study, series: a, grey: 1, attributes: { '00200011': ['IS', '1'] } }),
    testImage({ study, series: a, grey: 2, attributes: { '00200011': ['IS', '1'] } }),
    testImage({
      study,
      series: b,
      grey: 3,
      attributes: { '00080060': ['CS', 'PX'], '00200011': ['IS', '2'] },
    }),
  ] as const
  const everything = [
    `/studies/${study}`,
    `/studies/${study}/metadata`,
    `/studies/${study}/rendered`,
    `/studies/${study}/thumbnail`,
    `/studies/${study}/bulkdata`,
    `/studies/${study}/series`,
    `/studies/${study}/series/${a}/metadata`,
    `/studies/${study}/series/${a}/instances`,
    images[0].path,
    `${images[0].path}/frames/1`,
    `${images[0].path}/rendered`,
  ]
  const counts = async () => {
    const [found] = await search(token, `/studies?StudyInstanceUID=${study}`)
    return ['00201206', '00201208', '00080061'].map((tag) => values(found, tag).join())
  }

  test('an instance, a series and a study go one after the other, and come back byte for byte', async () => {
    expect((await store(token, ...images)).status).toBe(200)
    expect(await counts()).toEqual(['2', '3', 'IO,PX'])
    const etag = (await get(token, `/studies/${study}/series/${a}/metadata`)).headers.get('ETag')

    expect(await remove(token, images[0].path)).toBe(204)
    expect(await counts()).toEqual(['2', '2', 'IO,PX'])
    expect(await status(token, images[0].path)).toBe(410)
    expect(await status(token, images[1].path)).toBe(200)
    const series = await get(token, `/studies/${study}/series/${a}/metadata`, { 'If-None-Match': etag ?? '' })
    expect(await series.json()).toHaveLength(1)

    expect(await remove(token, `/studies/${study}/series/${b}`)).toBe(204)
    expect(await counts()).toEqual(['1', '1', 'IO'])
    expect(await search(token, `/studies/${study}/series`)).toHaveLength(1)

    expect(await remove(token, `/studies/${study}`)).toBe(204)
    expect(await search(token, `/studies?StudyInstanceUID=${study}`)).toEqual([])
    for (const path of everything) expect(await status(token, path), path).toBe(410)
    const wado = `/wado?requestType=WADO&studyUID=${study}&seriesUID=${a}&objectUID=${images[0].instance}`
    expect((await gateway.request(wado, { as: token })).status).toBe(410)
    const rendition = `/renditions/${study}/${a}/${images[0].instance}/1/50.jpg`
    expect((await gateway.request(rendition, { as: token })).status).toBe(410)
    expect(await remove(token, `/studies/${study}`)).toBe(410)

    // to another practice it is what it always was: nothing
    for (const path of everything) expect(await status(south, path), path).toBe(404)
    expect(await remove(south, `/studies/${study}`)).toBe(404)

    const listed = await gateway.request('/api/deletions', { as: token })
    const { deletions } = (await listed.json()) as { deletions: Record<string, unknown>[] }
    expect(deletions.map(({ level, instanceCount }) => [level, instanceCount])).toEqual([
      ['study', 1],
      ['series', 1],
      ['instance', 1],
    ])

    const restored = await gateway.request(`/api/studies/${study}/restore`, { method: 'POST', as: token })
    expect([restored.status, await restored.json()]).toEqual([200, { restored: 3 }])
    expect(await counts()).toEqual(['2', '3', 'IO,PX'])
    for (const path of everything) expect(await status(token, path), path).toBe(200)
    for (const { path, file } of images) {
      const response = await get(token, path, { Accept: 'application/dicom; transfer-syntax=*' })
      expect(Buffer.from(await response.arrayBuffer()).equals(file)).toBe(true)
    }
    const twice = await gateway.request(`/api/studies/${study}/restore`, { method: 'POST', as: token })
    expect(twice.status).toBe(404)
  })

  test('two practices with the same UIDs: what one deletes stays with the other', async () => {
    const image = testImage()
    await store(token, image)
    await store(south, image)
    expect(await remove(token, `/studies/${image.study}`)).toBe(204)
    expect(await status(token, image.path)).toBe(410)
    const response = await get(south, image.path, { Accept: 'application/dicom; transfer-syntax=*' })
    expect(Buffer.from(await response.arrayBuffer()).equals(image.file)).toBe(true)
    expect(await search(south, `/studies?StudyInstanceUID=${image.study}`)).toHaveLength(1)
  })

  test('what comes again meanwhile is refused and shows with the deletion: the same, another of the study, of the series', async () => {
    const image = testImage()
    const kept = testImage({ study: image.study })
    await store(token, image, kept)
    const before = await heldThings(gateway)
    expect(await remove(token, image.path)).toBe(204)
    expect(await store(token, image)).toEqual({ status: 409, failed: [0x0124] })
    const sibling = testImage({ study: image.study, series: image.series })
    expect(await store(token, sibling)).toEqual({ status: 409, failed: [0x0124] })
    // the study itself is not deleted: another series of it is taken
    expect((await store(token, testImage({ study: image.study }))).status).toBe(200)

    expect(await remove(token, `/studies/${image.study}`)).toBe(204)
    expect(await store(token, testImage({ study: image.study }))).toEqual({ status: 409, failed: [0x0124] })
    const listed = (await listDeletions(gateway.system.db, north.id)).filter(
      ({ studyInstanceUid }) => studyInstanceUid === image.study,
    )
    expect(listed.map(({ returnedCount }) => returnedCount).sort()).toEqual([1, 2])
    // nothing of it was kept; the one that was taken is the only more
    const after = await heldThings(gateway)
    expect([after.originals - before.originals, after.spool, after.unfinished]).toEqual([1, 0, 0])
    expect((after.archive ?? 0) - (before.archive ?? 0)).toBe(1)

    expect(await restoreImages(gateway.system.db, north.id, image.study, system)).toBe(3)
    expect((await store(token, image, sibling)).status).toBe(200)
  })

  test('deleting and restoring are on record, with ids and counts alone', async () => {
    for (const kind of ['images.deleted', 'images.restored']) {
      const details = await auditDetails(gateway, north.id, kind)
      expect(details.length).toBeGreaterThan(2)
      for (const detail of details) {
        expect(Object.keys(detail).sort()).toEqual(['deletionId', 'instances'])
      }
    }
  })

  test('a study that arrives while it is deleted is whole or refused, never half', async () => {
    const uid = newUid()
    await store(token, testImage({ study: uid }))
    const more = Array.from({ length: 6 }, () => testImage({ study: uid }))
    const [, ...outcomes] = await Promise.all([
      remove(token, `/studies/${uid}`),
      ...more.map((image) => store(token, image)),
    ])
    for (const [index, { status: stored }] of outcomes.entries()) {
      const seen = await status(token, more[index]?.path ?? '')
      // stored before the deletion, and so gone with it; or refused after it
      expect([200, 409]).toContain(stored)
      expect(stored === 200 ? [200, 410] : [404, 410]).toContain(seen)
    }
    expect((await search(token, `/studies?StudyInstanceUID=${uid}`)).length).toBe(0)
  })
})

describe('when the time of grace is over', () => {
  let gateway: TestGateway
  let north: TestPractice
  let token: string
  let south: string
  const { get, status, remove, store } = helpers(() => gateway)
  const purge = () => purgeDeletions(gateway.system)

  beforeAll(async () => {
    gateway = await startTestGateway({ DELETION_GRACE_DAYS: '0' })
    north = await gateway.practice('north')
    token = await north.token(['read', 'write', 'delete'])
    south = await (await gateway.practice('south')).token(['read', 'write', 'delete'])
  })
  afterAll(() => gateway.stop())

  test('it is purged: index, original, renditions, archive; the practice is told 410 for ever; it may come anew', async () => {
    const nothing = await heldThings(gateway)
    const image = testImage({ side: 64 })
    await store(token, image)
    const rendition = `/renditions/${image.study}/${image.series}/${image.instance}/1/50.jpg`
    await (await gateway.request(rendition, { as: token })).arrayBuffer()
    await vi.waitFor(
      async () => expect(JSON.stringify(await storeNames(gateway, north))).toContain('renditions/'),
      50_000,
    )
    expect(await remove(token, `/studies/${image.study}`)).toBe(204)

    expect(await purge()).toBe(1)
    expect(await purge()).toBe(0)
    expect(await heldThings(gateway)).toEqual(nothing)
    expect(await storeNames(gateway, north)).toEqual([])
    expect(await status(token, image.path)).toBe(410)
    expect(await status(south, image.path)).toBe(404)
    expect(await restoreImages(gateway.system.db, north.id, image.study, system)).toBe(0)
    expect(await auditDetails(gateway, north.id, 'images.purged')).toHaveLength(1)

    expect((await store(token, image)).status).toBe(200)
    expect(await status(token, image.path)).toBe(200)
  })

  test("Orthanc's file stays while another practice relies on it, be it deleted there and still to be restored", async () => {
    const image = testImage()
    await store(token, image)
    await store(south, image)
    await remove(token, `/studies/${image.study}`)
    const before = (await heldThings(gateway)).archive
    expect(await purge()).toBe(1)
    expect((await heldThings(gateway)).archive).toBe(before)
    const response = await get(south, image.path, { Accept: 'application/dicom; transfer-syntax=*' })
    expect(Buffer.from(await response.arrayBuffer()).equals(image.file)).toBe(true)
    await remove(south, `/studies/${image.study}`)
    expect(await purge()).toBe(1)
    expect((await heldThings(gateway)).archive).toBe((before ?? 0) - 1)
  })

  test("Orthanc's file stays while it waits in quarantine as well", async () => {
    const image = testImage()
    await store(token, image)
    const [row] = await withTenant(gateway.system.db, north.id, (tx) =>
      tx.select().from(instances).where(eq(instances.sopInstanceUid, image.instance)),
    )
    const { orthancId } = row ?? { orthancId: '' }
    await asSystem(gateway.system.db, (tx) =>
      tx.insert(quarantinedArrivals).values({
        ...{ orthancId, calledAeTitle: 'NOBODY', callingAeTitle: 'PANO', remoteAddress: '192.0.2.1' },
        ...{ reason: 'unknown-ae-title', bytes: image.file.length },
      }),
    )
    await remove(token, `/studies/${image.study}`)
    expect(await purge()).toBe(1)
    expect(await gateway.system.archive.md5(orthancId)).not.toBeNull()
  })

  test('only the deleted part goes; a series that is left is whole', async () => {
    const study = newUid()
    const images = [testImage({ study }), testImage({ study })] as const
    await store(token, ...images)
    await remove(token, images[0].path)
    expect(await purge()).toBe(1)
    expect([await status(token, images[0].path), await status(token, images[1].path)]).toEqual([410, 200])
    expect(await (await get(token, `/studies/${study}/series`)).json()).toHaveLength(1)
  })

  test('what came again waits for staff and is not purged', async () => {
    const image = testImage()
    await store(token, image)
    await remove(token, `/studies/${image.study}`)
    expect((await store(token, image)).failed).toEqual([0x0124])
    expect(await purge()).toBe(0)
    expect(await restoreImages(gateway.system.db, north.id, image.study, system)).toBe(1)
    expect(await status(token, image.path)).toBe(200)
  })

  test('a purge that breaks off is finished by the next, and cannot be undone in between', async () => {
    const image = testImage()
    await store(token, image)
    await remove(token, `/studies/${image.study}`)
    const broken = {
      ...gateway.system,
      objectStore: {
        ...gateway.system.objectStore,
        delete: () => Promise.reject(new Error('the store is away')),
      },
    }
    expect(await purgeDeletions(broken)).toBe(0)
    expect(await restoreImages(gateway.system.db, north.id, image.study, system)).toBe(0)
    expect(await purge()).toBe(1)
    expect(await status(token, image.path)).toBe(410)
  })

  // The job that secures an original may be anywhere between its first and its last step.
  test.each(['over', 'begun'])(
    'a purge that is %s while an original is on its way leaves no object behind',
    async (state) => {
      const image = testImage()
      await store(token, image)
      const [row] = await withTenant(gateway.system.db, north.id, (tx) =>
        tx
          .update(instances)
          .set({ originalState: 'pending' })
          .where(eq(instances.sopInstanceUid, image.instance))
          .returning({ instanceId: instances.id }),
      )
      const job = { tenantId: north.id, instanceId: row?.instanceId ?? '' }
      await remove(token, `/studies/${image.study}`)
      const { objectStore } = gateway.system
      const breaksOff = { ...objectStore, delete: () => Promise.reject(new Error('the store is away')) }
      const meanwhile = {
        ...objectStore,
        async put(...[object, content]: Parameters<typeof objectStore.put>) {
          await objectStore.put(object, content)
          if (state === 'over') expect(await purge()).toBe(1)
          else expect(await purgeDeletions({ ...gateway.system, objectStore: breaksOff })).toBe(0)
          return objectStore.put(object, Readable.from([Buffer.from('the end of what was on its way')]))
        },
      }
      const before = (await storeNames(gateway, north)).length
      await secureOriginal({ ...gateway.system, objectStore: meanwhile }, job)
      expect(await storeNames(gateway, north)).toHaveLength(before - 1)
      if (state === 'begun') expect(await purge()).toBe(1)
      await secureOriginal(gateway.system, job)
      expect(await storeNames(gateway, north)).toHaveLength(before - 1)
    },
  )
})

async function storeNames(gateway: TestGateway, { id }: TestPractice): Promise<string[]> {
  const names: string[] = []
  for await (const name of gateway.system.objectStore.list(id, '')) names.push(name)
  return names
}

describe('by C-STORE', () => {
  let ingest: TestIngest
  beforeAll(async () => {
    ingest = await startTestIngest({ plugin: true })
  })
  afterAll(() => ingest.stop())

  // The device's queue must not jam, and nothing that was sent may be lost.
  test('what comes again is answered with success and waits in quarantine until staff decide', async () => {
    const clinic = await ingest.practice('clinic')
    const image = testImage()
    const { db } = ingest.system
    await ingest.send(clinic.aeTitle, [image.file])
    await vi.waitFor(async () => expect(await ingest.rows(clinic.id)).toHaveLength(1), 50_000)
    await deleteImages(db, clinic.id, { study: image.study }, system, 3_600_000)
    expect(await ingest.rows(clinic.id)).toHaveLength(0)

    const sibling = testImage({ study: image.study })
    expect(await ingest.send(clinic.aeTitle, [sibling.file, image.file])).toEqual(['Success', 'Success'])
    const waiting = () =>
      ingest.quarantine().then((rows) => rows.filter(({ ingestedAt }) => ingestedAt === null))
    await vi.waitFor(
      async () => expect((await waiting()).map(({ reason }) => reason)).toEqual(['deleted', 'deleted']),
      50_000,
    )
    expect((await listDeletions(db, clinic.id))[0]?.returnedCount).toBe(2)

    expect(await restoreImages(db, clinic.id, image.study, system)).toBe(1)
    const [group] = await ingest.quarantine()
    if (!group) throw new Error('nothing waits')
    await assignQuarantine(db, group, clinic.id, { ...system, sessionId: null, address: null })
    await vi.waitFor(async () => expect(await ingest.rows(clinic.id)).toHaveLength(2), 50_000)
    await vi.waitFor(async () => expect(await waiting()).toEqual([]), 50_000)
  })

  test('a feed that is read anew does not bring back what was purged here and another practice still has', async () => {
    const [clinic, other] = [await ingest.practice('purges'), await ingest.practice('keeps')]
    const { db } = ingest.system
    const image = testImage()
    for (const { aeTitle, id } of [clinic, other]) {
      await ingest.send(aeTitle, [image.file])
      await vi.waitFor(async () => expect(await ingest.rows(id)).toHaveLength(1), 50_000)
      await ingest.secureAll(id)
    }
    await deleteImages(db, clinic.id, { study: image.study }, system, 0)
    expect(await purgeDeletions(ingest.system)).toBe(1)

    await asSystem(db, (tx) => tx.update(archiveCheckpoints).set({ lastChange: 0 }))
    const last = testImage()
    await ingest.send(clinic.aeTitle, [last.file])
    await vi.waitFor(
      async () =>
        expect((await ingest.rows(clinic.id)).map((row) => row.sopInstanceUid)).toContain(last.instance),
      50_000,
    )
    expect(await ingest.rows(clinic.id)).toHaveLength(1)
    expect(await ingest.rows(other.id)).toHaveLength(1)
    // sent again it is a new arrival
    await ingest.send(clinic.aeTitle, [image.file])
    await vi.waitFor(async () => expect(await ingest.rows(clinic.id)).toHaveLength(2), 50_000)
  })
})
