import { withTenant } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import { afterAll, expect, test, vi } from 'vitest'
import { uint16 } from '../dicom/testing.ts'
import { startTestIngest } from '../ingest/start-test-ingest.ts'
import { misbehavingPixels } from '../pixels/testing/tell-misbehaving-child.ts'
import { testImage } from '../testing/test-image.ts'
import { makeRenditions } from './make-renditions.ts'
import { renditionVersion } from './rendition.ts'
import { retryRenditions } from './retry-renditions.ts'

const ingest = await startTestIngest()
const { pixels } = misbehavingPixels({})
afterAll(async () => {
  await pixels.close()
  await ingest.stop()
})

test('an image that crashes its process is tried again, then marked, and tried anew by a later version', async () => {
  const clinic = await ingest.practice('crashing')
  // its frame tells the misbehaving child what to do
  const image = testImage({
    attributes: {
      '00280010': ['US', uint16(1)],
      '00280011': ['US', uint16(5)],
      '7FE00010': ['OW', Buffer.from('crash\0')],
    },
  })
  await ingest.send(clinic.aeTitle, [image.file])
  await vi.waitFor(async () => expect(await ingest.rows(clinic.id)).toHaveLength(1), 50_000)
  const [row] = await ingest.rows(clinic.id)
  const job = { tenantId: clinic.id, instanceId: row?.id ?? '' }
  const state = async () => {
    const [{ renditionState, renditionReason, renditionVersion: version } = {}] = await ingest.rows(clinic.id)
    return [renditionState, renditionReason, version]
  }
  const queued = () =>
    ingest.asOwner(async (client) => {
      const { rows } = await client.query(`SELECT 1 FROM pgboss.job WHERE name = 'make-renditions'`)
      return rows.length
    })
  const ports = { ...ingest.system, pixels }

  // a crash may come of the machine: not held against the image at first
  await expect(makeRenditions(ports, job, { lastTry: false })).rejects.toMatchObject({ code: 'crashed' })
  expect(await state()).toEqual(['pending', null, null])
  await makeRenditions(ports, job, { lastTry: true })
  expect(await state()).toEqual(['failed', 'crashed', renditionVersion])

  // this version has tried
  const before = await queued()
  expect(await retryRenditions(ingest.system)).toBe(0)
  await withTenant(ingest.system.db, clinic.id, (tx) =>
    tx
      .update(instances)
      .set({ renditionVersion: renditionVersion - 1 })
      .where(eq(instances.id, job.instanceId)),
  )
  expect(await retryRenditions(ingest.system)).toBe(1)
  expect(await queued()).toBe(before + 1)
  expect((await state())[0]).toBe('pending')
  // at every start of a worker, and once only
  expect(await retryRenditions(ingest.system)).toBe(0)

  // this time the process lives
  await makeRenditions(ingest.system, job)
  expect(await state()).toEqual(['made', null, renditionVersion])
})
