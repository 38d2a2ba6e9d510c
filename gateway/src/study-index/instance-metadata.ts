import { withTenant, type Database, type Transaction } from '@bitewing/db'
import { instances, series, studies } from '@bitewing/db/schema'
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { isUid } from '../dicom/uid.ts'
import type { HeldInstance, InstanceScope } from './find-instance.ts'

/** An instance of a study or series as far as its metadata is concerned, without the metadata. */
export type MetadataKey = Pick<
  HeldInstance,
  | 'instanceId'
  | 'studyId'
  | 'patientId'
  | 'studyInstanceUid'
  | 'seriesInstanceUid'
  | 'sopInstanceUid'
  | 'fileSha256'
> & { metadataBytes: number }

/** Metadata held in memory at a time while an answer is written, in bytes. */
const batchBytesMax = 4 * 1024 * 1024

/**
 * The instances of a study or series in the order of the index; their metadata comes by `readMetadata`, a batch at a
 * time: a study may have 20,000 of them, and together they would be hundreds of megabytes.
 *
 * @param onlyStudyId our id of the one study a share opens; anything else is as if it were not there
 */
export async function findMetadataKeys(
  tx: Transaction,
  { study, series: seriesUid }: Omit<InstanceScope, 'instance'>,
  onlyStudyId: string | null,
): Promise<MetadataKey[]> {
  if (!isUid(study) || (seriesUid !== undefined && !isUid(seriesUid))) return []
  return tx
    .select({
      instanceId: instances.id,
      studyId: instances.studyId,
      patientId: studies.patientId,
      studyInstanceUid: studies.studyInstanceUid,
      seriesInstanceUid: series.seriesInstanceUid,
      sopInstanceUid: instances.sopInstanceUid,
      fileSha256: instances.fileSha256,
      metadataBytes: sql<number>`octet_length(${instances.metadata})`,
    })
    .from(instances)
    .innerJoin(series, eq(series.id, instances.seriesId))
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(
      and(
        eq(studies.studyInstanceUid, study),
        seriesUid === undefined ? undefined : eq(series.seriesInstanceUid, seriesUid),
        onlyStudyId === null ? undefined : eq(studies.id, onlyStudyId),
      ),
    )
    .orderBy(
      asc(series.seriesNumber),
      asc(series.seriesInstanceUid),
      asc(instances.instanceNumber),
      asc(instances.sopInstanceUid),
    )
}

/** The DICOM JSON of each, in their order; what was deleted meanwhile is left out. */
export async function* readMetadata<Key extends Pick<MetadataKey, 'instanceId' | 'metadataBytes'>>(
  db: Database,
  tenantId: string,
  keys: readonly Key[],
): AsyncGenerator<Key & { metadata: string }> {
  for (let start = 0; start < keys.length;) {
    let end = start
    for (let bytes = 0; end < keys.length && end - start < 1000; end++) {
      bytes += keys[end]?.metadataBytes ?? 0
      if (bytes > batchBytesMax && end > start) break
    }
    const batch = keys.slice(start, end)
    const rows = await withTenant(db, tenantId, (tx) =>
      tx
        .select({ id: instances.id, metadata: instances.metadata })
        .from(instances)
        .where(
          inArray(
            instances.id,
            batch.map(({ instanceId }) => instanceId),
          ),
        ),
    )
    const byId = new Map(rows.map(({ id, metadata }) => [id, metadata]))
    for (const key of batch) {
      const metadata = byId.get(key.instanceId)
      if (metadata !== undefined) yield { ...key, metadata }
    }
    start = end
  }
}
