import { createHash } from 'node:crypto'
import { withTenant, type Database } from '@bitewing/db'
import { instances, series, studies } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import type { Archive } from '../archive/archive.ts'
import { imageKindOf } from '../dental/image-kind-of.ts'
import { teethOf } from '../dental/teeth-of.ts'
import type { ByteSource } from '../dicom/byte-source.ts'
import { dataSetDigest } from '../dicom/data-set-digest.ts'
import { toDicomJson } from '../dicom/dicom-json.ts'
import { frameIndex } from '../dicom/frame-index.ts'
import { parseInstance } from '../dicom/parse-instance.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import type { Attributes } from '../study-index/attribute-values.ts'
import type { ArrivedInstance } from '../study-index/arrived-instance.ts'
import { seriesAttributes, studyAttributes } from '../study-index/levels.ts'
import { registerInstance } from '../study-index/register-instance.ts'

export type Rebuilt = {
  refreshed: number
  restored: number
  failed: { instanceId: string; reason: string }[]
}

const prefix = 'originals/'

/**
 * Reads every original of a practice in the object store again and brings the index up to what it says: rows that
 * are there get their derived columns anew, rows that are missing (Postgres restored from an old copy) come back.
 *
 * @param onProgress told the count so far, for a progress line
 */
export async function rebuildIndex(
  { db, archive, objectStore }: { db: Database; archive: Archive; objectStore: ObjectStore },
  tenantId: string,
  onProgress: (done: number) => void,
): Promise<Rebuilt> {
  const rebuilt: Rebuilt = { refreshed: 0, restored: 0, failed: [] }
  let done = 0
  for await (const name of objectStore.list(tenantId, prefix)) {
    const instanceId = name.slice(prefix.length)
    try {
      const arrived = await readArrived({ archive, objectStore }, tenantId, instanceId)
      const restored = await withTenant(db, tenantId, async (tx) => {
        const [known] = await tx
          .select({ id: instances.id, studyId: instances.studyId, seriesId: instances.seriesId })
          .from(instances)
          .where(eq(instances.id, instanceId))
        if (!known) return (await registerInstance(tx, tenantId, arrived)).outcome === 'stored'
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
            orthancId: arrived.archive.orthancId,
            heldByArchive: arrived.archive.held,
          })
          .where(eq(instances.id, instanceId))
        await tx
          .update(studies)
          .set({ attributes: studyAttributes(attributes) })
          .where(eq(studies.id, known.studyId))
        await tx
          .update(series)
          .set({ attributes: seriesAttributes(attributes) })
          .where(eq(series.id, known.seriesId))
        return false
      })
      if (restored) rebuilt.restored++
      else rebuilt.refreshed++
    } catch (error) {
      rebuilt.failed.push({ instanceId, reason: error instanceof Error ? error.name : 'unknown' })
    }
    onProgress(++done)
  }
  return rebuilt
}

async function readArrived(
  { archive, objectStore }: { archive: Archive; objectStore: ObjectStore },
  tenantId: string,
  instanceId: string,
): Promise<ArrivedInstance> {
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
  const { studyInstanceUid, seriesInstanceUid, sopInstanceUid } = parsed.identifiers
  const orthancId = orthancIdOf([patientIdOf(json), studyInstanceUid, seriesInstanceUid, sopInstanceUid])
  return {
    instanceId,
    identifiers: parsed.identifiers,
    transferSyntaxUid: parsed.encoding.transferSyntaxUid,
    metadata: json,
    bulkIndex: bulkData,
    frameIndex: parsed.pixelData ? await frameIndex(source, parsed) : null,
    dataSetDigest: await dataSetDigest(source, parsed),
    file: { bytes: whole.totalBytes, ...digests },
    archive: { orthancId, held: (await archive.md5(orthancId)) === digests.md5 },
    originalState: 'secured',
    origin: 'stow',
    callingAeTitle: null,
  }
}

/** Orthanc's id of an instance: SHA-1 of its four identifiers, in groups of eight. */
function orthancIdOf(identifiers: readonly string[]): string {
  const hash = createHash('sha1').update(identifiers.join('|')).digest('hex')
  return (hash.match(/.{8}/g) ?? []).join('-')
}

function patientIdOf(json: string): string {
  const [value] = (JSON.parse(json) as Attributes)['00100020']?.Value ?? []
  return typeof value === 'string' ? value : ''
}
