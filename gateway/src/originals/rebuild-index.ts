import { createHash } from 'node:crypto'
import { enqueue, showDeleted, withTenant, type Database } from '@bitewing/db'
import { instances, series, studies } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import type { PgBoss } from 'pg-boss'
import type { Archive } from '../archive/archive.ts'
import { ArchiveAway } from '../archive/archive-errors.ts'
import { orthancIdOf } from '../archive/orthanc-id.ts'
import { imageKindOf } from '../dental/image-kind-of.ts'
import { modelFormatOf } from '../dental/model-format-of.ts'
import { teethOf } from '../dental/teeth-of.ts'
import { textOf } from '../dicom/attribute.ts'
import type { ByteSource } from '../dicom/byte-source.ts'
import { dataSetDigest } from '../dicom/data-set-digest.ts'
import { toDicomJson } from '../dicom/dicom-json.ts'
import { frameIndex } from '../dicom/frame-index.ts'
import { parseInstance } from '../dicom/parse-instance.ts'
import type { KnownDeletions } from '../manifest/rebuild-deletions.ts'
import { ObjectArchived } from '../object-store/object-errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import type { Attributes } from '../study-index/attribute-values.ts'
import type { ArrivedInstance } from '../study-index/arrived-instance.ts'
import { seriesAttributes, studyAttributes } from '../study-index/levels.ts'
import { registerInstance } from '../study-index/register-instance.ts'

export type Rebuilt = {
  refreshed: number
  restored: number
  failed: { instanceId: string; reason: string }[]
  /** originals of which it could not be asked whether Orthanc holds them too */
  archiveAway: number
  /** originals that lie in the archive of the object store; those without a row are being fetched, for another run */
  archived: number
}

const prefix = 'originals/'
/** What is fetched out of an archive to be read here stays readable for so long. */
const recallDays = 7

/**
 * Reads every original of a practice in the object store again and brings the index up to what it says: rows that
 * are there get their derived columns anew, rows that are missing (Postgres restored from an old copy) come back.
 *
 * What was deleted stays so. Orthanc need not be there.
 *
 * @param known what the practice deleted; see `rebuildDeletions`
 * @param onProgress told the count so far, for a progress line
 */
export async function rebuildIndex(
  {
    db,
    jobs,
    archive,
    objectStore,
  }: { db: Database; jobs: PgBoss; archive: Archive; objectStore: ObjectStore },
  tenantId: string,
  known: KnownDeletions,
  onProgress: (done: number) => void,
): Promise<Rebuilt> {
  const rebuilt: Rebuilt = { refreshed: 0, restored: 0, failed: [], archiveAway: 0, archived: 0 }
  let done = 0
  for await (const name of objectStore.list(tenantId, prefix)) {
    const instanceId = name.slice(prefix.length)
    try {
      const { archiveAway, ...arrived } = await readArrived({ archive, objectStore }, tenantId, instanceId)
      if (archiveAway) rebuilt.archiveAway++
      const restored = await withTenant(db, tenantId, async (tx) => {
        await showDeleted(tx)
        const [held] = await tx
          .select({ id: instances.id, studyId: instances.studyId, seriesId: instances.seriesId })
          .from(instances)
          .where(eq(instances.id, instanceId))
        if (!held) {
          const { outcome, studyId } = await registerInstance(tx, tenantId, arrived)
          if (outcome !== 'stored') throw new Error('another original has its SOP Instance UID')
          const { studyInstanceUid } = arrived.identifiers
          await known.apply(tx, { instanceId, studyId, studyInstanceUid })
          const { tier } = (await objectStore.place({ tenantId, name })) ?? { tier: 'hot' as const }
          if (tier !== 'hot') {
            await tx
              .update(instances)
              .set({ storageTier: tier, tierUnsettled: true })
              .where(eq(instances.id, instanceId))
          }
          if (arrived.frameIndex || modelFormatOf(arrived.identifiers))
            await enqueue(jobs, tx, 'make-renditions', { tenantId, instanceId })
          return true
        }
        const attributes = JSON.parse(arrived.metadata) as Attributes
        await tx
          .update(instances)
          .set({
            metadata: arrived.metadata,
            bulkIndex: arrived.bulkIndex,
            frameIndex: arrived.frameIndex,
            dataSetDigest: Buffer.from(arrived.dataSetDigest, 'hex'),
            imageKind: imageKindOf(attributes),
            teeth: teethOf(attributes),
            fileMd5: arrived.file.md5, // not known before Orthanc has it
            orthancId: arrived.archive.orthancId,
            ...(archiveAway ? {} : { heldByArchive: arrived.archive.held }),
          })
          .where(eq(instances.id, instanceId))
        await tx
          .update(studies)
          .set({ attributes: studyAttributes(attributes) })
          .where(eq(studies.id, held.studyId))
        await tx
          .update(series)
          .set({ attributes: seriesAttributes(attributes) })
          .where(eq(series.id, held.seriesId))
        return false
      })
      if (restored) rebuilt.restored++
      else rebuilt.refreshed++
    } catch (error) {
      if (error instanceof ObjectArchived) {
        rebuilt.archived++
        const rows = await withTenant(db, tenantId, async (tx) => {
          await showDeleted(tx)
          return tx.select({ id: instances.id }).from(instances).where(eq(instances.id, instanceId))
        })
        if (rows.length === 0) await objectStore.recall({ tenantId, name }, recallDays)
      } else rebuilt.failed.push({ instanceId, reason: error instanceof Error ? error.name : 'unknown' })
    }
    onProgress(++done)
  }
  return rebuilt
}

async function readArrived(
  { archive, objectStore }: { archive: Archive; objectStore: ObjectStore },
  tenantId: string,
  instanceId: string,
): Promise<ArrivedInstance & { dataSetDigest: string; archiveAway: boolean }> {
  const object = { tenantId, name: prefix + instanceId }
  const whole = await objectStore.get(object)
  if (!whole) throw new Error('the original is gone')
  const sha256 = createHash('sha256')
  const md5 = createHash('md5')
  for await (const chunk of whole.stream as AsyncIterable<Uint8Array>) {
    sha256.update(chunk)
    md5.update(chunk)
  }
  const source: ByteSource = {
    bytes: whole.totalBytes,
    async read(start, end) {
      const last = Math.min(end, whole.totalBytes) - 1
      if (last < start) return new Uint8Array(0)
      const part = await objectStore.get(object, { start, end: last })
      const chunks: Uint8Array[] = []
      for await (const chunk of (part?.stream ?? []) as AsyncIterable<Uint8Array>) chunks.push(chunk)
      return Buffer.concat(chunks)
    },
  }
  const parsed = await parseInstance(source)
  const { json, bulkData } = toDicomJson(parsed)
  const digests = { sha256: sha256.digest(), md5: md5.digest('hex') }
  const orthancId = orthancIdOf({
    patientId: textOf(parsed.attributes, '00100020') ?? '',
    ...parsed.identifiers,
  })
  const inArchive = await archive.md5(orthancId).catch((error: unknown) => {
    if (error instanceof ArchiveAway) return 'away' as const
    throw error
  })
  return {
    archiveAway: inArchive === 'away',
    instanceId,
    identifiers: parsed.identifiers,
    transferSyntaxUid: parsed.encoding.transferSyntaxUid,
    metadata: json,
    bulkIndex: bulkData,
    frameIndex: parsed.pixelData ? await frameIndex(source, parsed) : null,
    dataSetDigest: await dataSetDigest(source, parsed),
    file: { bytes: whole.totalBytes, ...digests },
    archive: { orthancId, held: inArchive === digests.md5, due: false },
    originalState: 'secured',
    origin: 'stow',
    callingAeTitle: null,
  }
}
