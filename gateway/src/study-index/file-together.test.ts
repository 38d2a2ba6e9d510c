import { randomUUID } from 'node:crypto'
import { closeDatabase, connectDatabase, withTenant } from '@bitewing/db'
import { auditEvents, instances, series, studies } from '@bitewing/db/schema'
import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FrameIndex } from '../dicom/frame-index.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { arrival } from '../testing/arrival.ts'
import { newUid } from '../testing/test-image.ts'
import type { ArrivedInstance } from './arrived-instance.ts'
import { fileTogether } from './file-together.ts'
import { findHeld } from './find-held.ts'

let gateway: TestGateway
let tenantId: string

beforeAll(async () => {
  gateway = await startTestGateway()
  tenantId = (await gateway.practice('north')).id
})
afterAll(() => gateway.stop())

const file = (arrived: ArrivedInstance) =>
  fileTogether(gateway.system, tenantId, arrived, ({ studyId, patientId }) => ({
    tenantId,
    kind: 'images.stored',
    outcome: 'success',
    actor: { kind: 'system', id: null },
    studyId,
    patientId,
    detail: { instanceId: arrived.instanceId },
  }))

test('what is filed at once is counted as one by one: study, series, modalities, one event each', async () => {
  const [study, seriesUid, other] = [newUid(), newUid(), newUid()]
  const arrivals = Array.from({ length: 40 }, (_, index) =>
    arrival({ study, series: index % 4 === 0 ? other : seriesUid, modality: index % 4 === 0 ? 'PX' : 'IO' }),
  )
  const registered = await Promise.all(arrivals.map(file))
  expect(registered.map(({ outcome }) => outcome)).toEqual(arrivals.map(() => 'stored'))
  await withTenant(gateway.system.db, tenantId, async (tx) => {
    const [row] = await tx.select().from(studies).where(eq(studies.studyInstanceUid, study))
    expect(row).toMatchObject({
      instanceCount: 40,
      seriesCount: 2,
      bytes: 40_000,
      modalities: ['IO', 'PX'],
      matchState: 'created',
    })
    const held = await tx
      .select()
      .from(instances)
      .where(eq(instances.studyId, row?.id ?? ''))
    expect(new Set(held.map(({ id }) => id))).toEqual(new Set(arrivals.map(({ instanceId }) => instanceId)))
    const counts = await tx
      .select()
      .from(series)
      .where(eq(series.studyId, row?.id ?? ''))
    expect(counts.map(({ instanceCount }) => instanceCount).sort()).toEqual([10, 30])
    const events = await tx
      .select({ detail: auditEvents.detail })
      .from(auditEvents)
      .where(and(eq(auditEvents.studyId, row?.id ?? ''), eq(auditEvents.kind, 'images.stored')))
    expect(new Set(events.map(({ detail }) => detail['instanceId'])).size).toBe(40)
  })
})

test('one that cannot be written fails alone', async () => {
  const study = newUid()
  const arrivals = Array.from({ length: 8 }, () => arrival({ study }))
  const refused = arrivals[5]
  if (refused) refused.archive.orthancId = 'no text\0' // which Postgres takes nowhere
  const outcomes = await Promise.allSettled(arrivals.map(file))
  expect(outcomes.map(({ status }) => status)).toEqual(
    arrivals.map((one) => (one === refused ? 'rejected' : 'fulfilled')),
  )
  const [row] = await withTenant(gateway.system.db, tenantId, (tx) =>
    tx.select().from(studies).where(eq(studies.studyInstanceUid, study)),
  )
  expect(row).toMatchObject({ instanceCount: 7, seriesCount: 7 })
})

test('the same instance again is told as held with what it is judged by, also beside new ones', async () => {
  const first = arrival()
  await file(first)
  const again = { ...first, instanceId: randomUUID() }
  const [fresh, same] = await Promise.all([file(arrival()), file(again)])
  expect(fresh.outcome).toBe('stored')
  expect(same).toMatchObject({
    outcome: 'held',
    instanceId: first.instanceId,
    fileSha256: first.file.sha256,
    dataSetDigest: first.dataSetDigest,
  })
})

test('practices and studies at once, in any order, wait for nobody for ever', async () => {
  const other = (await gateway.practice('south')).id
  const uids = Array.from({ length: 12 }, () => newUid())
  const all = [...uids, ...uids.toReversed(), ...uids].map((study, index) =>
    fileTogether(
      gateway.system,
      index % 2 === 0 ? tenantId : other,
      arrival({ study }),
      ({ studyId, patientId }) => ({
        tenantId: index % 2 === 0 ? tenantId : other,
        kind: 'images.stored',
        outcome: 'success',
        actor: { kind: 'system', id: null },
        studyId,
        patientId,
      }),
    ),
  )
  expect((await Promise.all(all)).every(({ outcome }) => outcome === 'stored')).toBe(true)
})

test('what is held is told for each of those that ask at once, to its practice alone, and as it is then', async () => {
  const [one, two, later] = [arrival(), arrival(), arrival()]
  await Promise.all([file(one), file(two)])
  const others = (await gateway.practice('west')).id
  const ask = (arrived: ArrivedInstance, of = tenantId) =>
    findHeld(gateway.system.db, of, arrived.identifiers.sopInstanceUid)

  const [first, none, again, second, elsewhere] = await Promise.all([
    ask(one),
    ask(later),
    ask(one),
    ask(two),
    ask(one, others),
  ])
  expect(first).toMatchObject({ instanceId: one.instanceId, dataSetDigest: one.dataSetDigest })
  expect(again).toEqual(first)
  expect(second).toMatchObject({ instanceId: two.instanceId, dataSetDigest: two.dataSetDigest })
  expect([none, elsewhere]).toEqual([null, null])

  const underWay = ask(later)
  await file(later)
  expect(await ask(later)).toMatchObject({ instanceId: later.instanceId })
  await underWay
})

test('the slices of a volume but the first wait for their pictures, and behind whatever else comes meanwhile', async () => {
  const [study, series] = [newUid(), newUid()]
  const slices = Array.from({ length: 3 }, () => arrival({ study, series, modality: 'CT' }))
  const film = arrival({ modality: 'IO' })
  const frameIndex: FrameIndex = {
    ...{ transferSyntaxUid: '1.2.840.10008.1.2.1', start: 0, deflated: false, frames: 1 },
    ...{ kind: 'native', offset: 100, bitsPerFrame: 80, swapBytes: null },
  }
  for (const one of [...slices, film]) await file({ ...one, frameIndex })
  const superuser = connectDatabase(gateway.database.superuserUrl, 1)
  const { rows } = await superuser.client.query<{ id: string; priority: number; waits: boolean }>(
    `SELECT data->>'instanceId' AS id, priority, start_after > created_on AS waits FROM pgboss.job WHERE name = 'make-renditions'`,
  )
  await closeDatabase(superuser)
  const jobOf = ({ instanceId }: ArrivedInstance) => rows.find(({ id }) => id === instanceId)
  expect([...slices, film].map(jobOf).map((job) => [job?.priority, job?.waits])).toEqual([
    [0, false],
    [-1, true],
    [-1, true],
    [0, false],
  ])
})
