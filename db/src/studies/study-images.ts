import { asc, inArray, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { instances, series, type ImageKind } from '../schema/index.ts'
import { imageColumns } from './image-columns.ts'

export type StudyImage = {
  /** ours; names nothing in a URL */
  id: string
  studyId: string
  seriesInstanceUid: string
  sopInstanceUid: string
  modality: string
  seriesNumber: number | null
  seriesDescription: string
  instanceNumber: number | null
  kind: ImageKind
  teeth: string[] // FDI
  /** what a document or report calls itself; null of images, and where nothing is said */
  title: string | null
  rows: number | null
  columns: number | null
  frames: number
  /** the frame that shows best what it is: the middle one of many, 1-based */
  frame: number
  /** how many images this one stands for: a series of slices is shown by its middle one */
  standsFor: number
  /** of which its first picture alone is shown */
  isVideo: boolean
  /** `drawn`: no image, and still a picture of it for lists */
  rendition: 'pending' | 'made' | 'none' | 'failed' | 'drawn'
  renditionReason: string | null
  /** names what the renditions were made from and by which version of our code; null before they are made */
  renditionKey: string | null
  /** WebP a few pixels wide, in base64 */
  placeholder: string | null
  original: 'pending' | 'secured'
}

const titleCharactersMax = 120

/** Document Title, else the meaning of a report's Concept Name Code (PS3.3 §C.24.2, §C.17.3). */
const title = sql<string | null>`CASE WHEN ${instances.imageKind} IN ('document', 'report') THEN
  left(nullif(trim(coalesce(
    ${instances.metadata}::jsonb #>> '{00420010,Value,0}',
    ${instances.metadata}::jsonb #>> '{0040A043,Value,0,00080104,Value,0}'
  )), ''), ${titleCharactersMax}) END`

/** As `renditionKey` of the gateway makes it: version and the beginning of the file's digest. */
const renditionKey = sql<string | null>`CASE WHEN ${instances.renditionState} IN ('made', 'drawn')
  THEN ${instances.renditionVersion} || '-' || left(encode(${instances.fileSha256}, 'hex'), 16) END`

/** MPEG-2, MPEG-4 and HEVC, fragmentable or not (PS3.6 Table A-1, PS3.5 §8.2.5 to §8.2.8). */
const isVideo = sql<boolean>`${instances.transferSyntaxUid} ~ '^1\\.2\\.840\\.10008\\.1\\.2\\.4\\.10[0-8](\\.1)?$'`

/** From this many instances on a CBCT series is a volume: shown by one image. */
const volumeInstancesMin = 8

/**
 * The pictures of studies in their order. A volume's slices are one picture: its middle slice. Inside withTenant.
 *
 * @param studyIds ours, not UIDs
 * @param perStudyMax pictures of one study at most
 */
export async function studyImages(
  tx: Transaction,
  studyIds: string[],
  perStudyMax: number,
): Promise<Map<string, StudyImage[]>> {
  const byStudy = new Map<string, StudyImage[]>(studyIds.map((id) => [id, []]))
  if (studyIds.length === 0) return byStudy

  const ranked = tx
    .select({
      ...imageColumns,
      studyId: instances.studyId,
      title: title.as('title'),
      isVideo: isVideo.as('is_video'),
      renditionReason: instances.renditionReason,
      renditionKey: renditionKey.as('rendition_key'),
      placeholder: sql<string | null>`translate(encode(${instances.placeholder}, 'base64'), E'\n', '')`.as(
        'placeholder_text',
      ),
      original: instances.originalState,
      inSeries: sql<number>`count(*) OVER (PARTITION BY ${instances.seriesId})::int`.as('in_series'),
      place: sql<number>`row_number() OVER (PARTITION BY ${instances.seriesId}
        ORDER BY ${instances.instanceNumber} NULLS LAST, ${instances.sopInstanceUid})::int`.as('place'),
    })
    .from(instances)
    .innerJoin(series, sql`${series.id} = ${instances.seriesId}`)
    .where(inArray(instances.studyId, studyIds))
    .as('ranked')

  const rows = await tx
    .select()
    .from(ranked)
    .where(
      sql`${ranked.inSeries} < ${volumeInstancesMin} OR ${ranked.kind} NOT IN ('cbct', 'other') OR ${ranked.place} = ${ranked.inSeries} / 2 + 1`,
    )
    .orderBy(asc(ranked.seriesNumber), asc(ranked.seriesInstanceUid), asc(ranked.place))

  for (const { inSeries, place: _, ...row } of rows) {
    const images = byStudy.get(row.studyId)
    if (!images || images.length >= perStudyMax) continue
    const volume = inSeries >= volumeInstancesMin && (row.kind === 'cbct' || row.kind === 'other')
    images.push({
      ...row,
      frame: Math.max(1, Math.ceil(row.frames / 2)),
      standsFor: volume ? inSeries : Math.max(1, row.frames),
    })
  }
  return byStudy
}
