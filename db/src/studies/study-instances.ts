import { and, asc, desc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { instances, series, studies, type ImageKind } from '../schema/index.ts'
import { imageColumns } from './image-columns.ts'
import type { StudyImage } from './study-images.ts'

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
  rendition: StudyImage['rendition']
  /** DICOM JSON object of the instance; bulk data references are relative */
  metadata: string
}

/** The newest of some SOP classes whose metadata is not too long. */
type Newest = { sopClassUids: readonly string[]; newestMax: number; metadataBytesMax: number }

/**
 * Instances of a study with their metadata, in the order of series and instances. Inside withTenant. Of a whole study
 * they would be too much for memory: see `viewableImages` and `withMetadata`.
 *
 * @param only these by their SOP Instance UIDs, or the newest of some SOP classes
 */
export async function studyInstances(
  tx: Transaction,
  studyInstanceUid: string,
  only: string | readonly string[] | Newest,
): Promise<StudyInstance[]> {
  return tx
    .select({ ...columns, metadata: instances.metadata })
    .from(instances)
    .innerJoin(series, eq(series.id, instances.seriesId))
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(
      and(
        eq(studies.studyInstanceUid, studyInstanceUid),
        typeof only === 'object' && 'sopClassUids' in only
          ? inArray(instances.id, newestOf(tx, studyInstanceUid, only))
          : inArray(instances.sopInstanceUid, [only].flat()),
      ),
    )
    .orderBy(...inOrder)
}

/** An image of a study without its metadata, and how long that is in bytes. */
export type ViewableImage = Omit<StudyInstance, 'metadata'> & { metadataBytes: number }

/** Every image of a study, in the order of series and instances; what has no frames is none. Inside withTenant. */
export async function viewableImages(tx: Transaction, studyInstanceUid: string): Promise<ViewableImage[]> {
  return tx
    .select({ ...columns, metadataBytes: sql<number>`octet_length(${instances.metadata})` })
    .from(instances)
    .innerJoin(series, eq(series.id, instances.seriesId))
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(and(eq(studies.studyInstanceUid, studyInstanceUid), gt(instances.frames, 0)))
    .orderBy(...inOrder)
}

/** Metadata held in memory at a time, in bytes and rows: a study may have thousands of slices. */
const batch = { bytesMax: 2 * 1024 * 1024, rowsMax: 500 }

/**
 * The images with their metadata, in their order, a batch at a time. Inside withTenant. What was deleted meanwhile is
 * left out.
 */
export async function* withMetadata(
  tx: Transaction,
  images: readonly ViewableImage[],
): AsyncGenerator<StudyInstance> {
  for (let start = 0; start < images.length;) {
    let end = start
    for (let bytes = 0; end < images.length && end - start < batch.rowsMax; end++) {
      bytes += images[end]?.metadataBytes ?? 0
      if (bytes > batch.bytesMax && end > start) break
    }
    const some = images.slice(start, end)
    const rows = await tx
      .select({ id: instances.id, metadata: instances.metadata })
      .from(instances)
      .where(
        inArray(
          instances.id,
          some.map(({ id }) => id),
        ),
      )
    const byId = new Map(rows.map(({ id, metadata }) => [id, metadata]))
    for (const { metadataBytes: _, ...image } of some) {
      const metadata = byId.get(image.id)
      if (metadata !== undefined) yield { ...image, metadata }
    }
    start = end
  }
}

const columns = {
  ...imageColumns,
  sopClassUid: instances.sopClassUid,
  transferSyntaxUid: instances.transferSyntaxUid,
}

const inOrder = [
  asc(series.seriesNumber),
  asc(series.seriesInstanceUid),
  asc(instances.instanceNumber),
  asc(instances.sopInstanceUid),
]

function newestOf(tx: Transaction, studyInstanceUid: string, only: Newest) {
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
