import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { instances, series, studies, type ImageKind } from '../schema/index.ts'

export type StudyInstance = {
  /** ours; names nothing in a URL */
  id: string
  seriesInstanceUid: string
  sopInstanceUid: string
  sopClassUid: string
  transferSyntaxUid: string
  modality: string
  seriesNumber: number | null
  seriesDescription: string
  instanceNumber: number | null
  kind: ImageKind
  teeth: string[] // FDI
  rows: number | null
  columns: number | null
  frames: number
  rendition: 'pending' | 'made' | 'none' | 'failed'
  /** DICOM JSON object of the instance; bulk data references are relative */
  metadata: string
}

/**
 * Every instance of a study with its metadata, in the order of series and instances. Inside withTenant.
 *
 * @param only this one by its SOP Instance UID, or the newest of some SOP classes whose metadata is not too long
 */
export async function studyInstances(
  tx: Transaction,
  studyInstanceUid: string,
  only?: string | { sopClassUids: readonly string[]; newestMax: number; metadataBytesMax: number },
): Promise<StudyInstance[]> {
  return tx
    .select({
      id: instances.id,
      seriesInstanceUid: series.seriesInstanceUid,
      sopInstanceUid: instances.sopInstanceUid,
      sopClassUid: instances.sopClassUid,
      transferSyntaxUid: instances.transferSyntaxUid,
      modality: series.modality,
      seriesNumber: series.seriesNumber,
      seriesDescription: series.seriesDescription,
      instanceNumber: instances.instanceNumber,
      kind: instances.imageKind,
      teeth: instances.teeth,
      rows: instances.rows,
      columns: instances.columns,
      frames: instances.frames,
      rendition: instances.renditionState,
      metadata: instances.metadata,
    })
    .from(instances)
    .innerJoin(series, eq(series.id, instances.seriesId))
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(
      and(
        eq(studies.studyInstanceUid, studyInstanceUid),
        typeof only === 'string' ? eq(instances.sopInstanceUid, only) : undefined,
        typeof only === 'object' ? inArray(instances.id, newestOf(tx, studyInstanceUid, only)) : undefined,
      ),
    )
    .orderBy(
      asc(series.seriesNumber),
      asc(series.seriesInstanceUid),
      asc(instances.instanceNumber),
      asc(instances.sopInstanceUid),
    )
}

function newestOf(
  tx: Transaction,
  studyInstanceUid: string,
  only: { sopClassUids: readonly string[]; newestMax: number; metadataBytesMax: number },
) {
  return tx
    .select({ id: instances.id })
    .from(instances)
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(
      and(
        eq(studies.studyInstanceUid, studyInstanceUid),
        inArray(instances.sopClassUid, [...only.sopClassUids]),
        sql`octet_length(${instances.metadata}) <= ${only.metadataBytesMax}`,
      ),
    )
    .orderBy(desc(instances.arrivedAt), desc(instances.id))
    .limit(only.newestMax)
}
