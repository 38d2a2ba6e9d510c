import type { Transaction } from '@bitewing/db'
import { instances, series, studies } from '@bitewing/db/schema'
import { and, asc, count, eq, getTableColumns, inArray, sql, type SQL } from 'drizzle-orm'
import { isUid } from '../dicom/uid.ts'
import { archivedCondition } from './archived-condition.ts'

export type Page = { limit: number; offset: number }
export type StudyRow = typeof studies.$inferSelect
type SeriesOfStudy = { study: StudyRow; series: typeof series.$inferSelect }
/** It is archived where any of its instances is. */
export type SeriesRow = SeriesOfStudy & { isArchived: boolean }
export type InstanceRow = SeriesOfStudy & {
  instance: Omit<typeof instances.$inferSelect, 'frameIndex' | 'bulkIndex' | 'metadata'> & {
    metadata: string | null
  }
}
/** One page of a search, and how many results lie behind it. */
export type Found<Row> = { rows: Row[]; remaining: number }

/*
 * The order of results is stable and documented: studies newest first, then by our id; series by number, then UID;
 * instances by number, then UID. Every query runs inside the caller's withTenant.
 */

/** @param hasArchive what is cold in the object store has to be recalled before it is read */
export async function searchSeries(
  tx: Transaction,
  where: SQL | undefined,
  page: Page,
  hasArchive: boolean,
): Promise<Found<SeriesRow>> {
  const from = eq(studies.id, series.studyId)
  const isArchived = hasArchive
    ? sql<boolean>`EXISTS (SELECT FROM instances i WHERE i.study_id = ${studies.id} AND i.series_id = ${series.id}
        AND ${sql.raw(archivedCondition('i.'))})`
    : sql<boolean>`false`
  const rows = await tx
    .select({ study: studies, series, isArchived })
    .from(series)
    .innerJoin(studies, from)
    .where(where)
    .orderBy(...newestStudiesFirst, asc(series.seriesNumber), asc(series.seriesInstanceUid))
    .limit(page.limit + 1)
    .offset(page.offset)
  return cut(rows, page, async () => {
    const [total] = await tx.select({ rows: count() }).from(series).innerJoin(studies, from).where(where)
    return total?.rows ?? 0
  })
}

/**
 * @param metadataBytesMax not null: also the DICOM JSON of each instance, for attributes that have no column. Where
 *   all of it would be more bytes than this, the page ends earlier, but never before its first instance
 */
export async function searchInstances(
  tx: Transaction,
  where: SQL | undefined,
  page: Page,
  metadataBytesMax: number | null,
): Promise<Found<InstanceRow>> {
  const { metadata, frameIndex: _frames, bulkIndex: _bulk, ...columns } = getTableColumns(instances)
  const ofSeries = eq(series.id, instances.seriesId)
  const ofStudy = eq(studies.id, instances.studyId)
  const order = [
    ...newestStudiesFirst,
    asc(series.seriesNumber),
    asc(series.seriesInstanceUid),
    asc(instances.instanceNumber),
    asc(instances.sopInstanceUid),
  ]
  const total = async () => {
    const [found] = await tx
      .select({ rows: count() })
      .from(instances)
      .innerJoin(series, ofSeries)
      .innerJoin(studies, ofStudy)
      .where(where)
    return found?.rows ?? 0
  }
  const read = (condition: SQL | undefined, withMetadata: boolean) =>
    tx
      .select({
        study: studies,
        series,
        instance: { ...columns, metadata: withMetadata ? metadata : sql<null>`NULL` },
      })
      .from(instances)
      .innerJoin(series, ofSeries)
      .innerJoin(studies, ofStudy)
      .where(condition)
      .orderBy(...order)
  if (metadataBytesMax === null) {
    const rows = await read(where, false)
      .limit(page.limit + 1)
      .offset(page.offset)
    return cut(rows, page, total)
  }

  // the sizes first, which Postgres knows without reading the values
  const sizes = await tx
    .select({ id: instances.id, bytes: sql<number>`octet_length(${metadata})` })
    .from(instances)
    .innerJoin(series, ofSeries)
    .innerJoin(studies, ofStudy)
    .where(where)
    .orderBy(...order)
    .limit(page.limit + 1)
    .offset(page.offset)
  const limit = fitting(sizes.slice(0, page.limit), metadataBytesMax)
  const { rows: wanted, remaining } = await cut(sizes, { ...page, limit }, total)
  if (wanted.length === 0) return { rows: [], remaining }
  const ids = wanted.map(({ id }) => id)
  return { rows: await read(inArray(instances.id, ids), true), remaining }
}

/** How many of the first are no more bytes than that together; the first always is. */
function fitting(sizes: readonly { bytes: number }[], bytesMax: number): number {
  let bytes = 0
  const tooMany = sizes.findIndex((one) => (bytes += one.bytes) > bytesMax)
  return tooMany < 0 ? sizes.length : Math.max(1, tooMany)
}

/** A study of the practice by its UID; null when there is none. */
export async function findStudy(tx: Transaction, studyInstanceUid: string): Promise<StudyRow | null> {
  if (!isUid(studyInstanceUid)) return null
  const [row] = await tx.select().from(studies).where(eq(studies.studyInstanceUid, studyInstanceUid))
  return row ?? null
}

/** A series within a study; null when there is none. */
export async function findSeries(tx: Transaction, studyId: string, seriesInstanceUid: string) {
  if (!isUid(seriesInstanceUid)) return null
  const [row] = await tx
    .select()
    .from(series)
    .where(and(eq(series.studyId, studyId), eq(series.seriesInstanceUid, seriesInstanceUid)))
  return row ?? null
}

const newestStudiesFirst = [
  sql`${studies.studyDate} DESC NULLS LAST`,
  sql`${studies.studyTime} DESC NULLS LAST`,
  asc(studies.id),
]

async function cut<Row>(rows: Row[], page: Page, total: () => Promise<number>): Promise<Found<Row>> {
  if (rows.length <= page.limit) return { rows, remaining: 0 }
  return { rows: rows.slice(0, page.limit), remaining: (await total()) - page.offset - page.limit }
}
