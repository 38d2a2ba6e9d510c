import type { Transaction } from '@bitewing/db'
import { instances, series, studies } from '@bitewing/db/schema'
import { and, asc, count, eq, getTableColumns, sql, type SQL } from 'drizzle-orm'
import { isUid } from '../dicom/uid.ts'

export type Page = { limit: number; offset: number }
export type StudyRow = typeof studies.$inferSelect
export type SeriesRow = { study: StudyRow; series: typeof series.$inferSelect }
export type InstanceRow = SeriesRow & {
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

export async function searchStudies(
  tx: Transaction,
  where: SQL | undefined,
  page: Page,
): Promise<Found<StudyRow>> {
  const rows = await tx
    .select()
    .from(studies)
    .where(where)
    .orderBy(
      sql`${studies.studyDate} DESC NULLS LAST`,
      sql`${studies.studyTime} DESC NULLS LAST`,
      asc(studies.id),
    )
    .limit(page.limit + 1)
    .offset(page.offset)
  return cut(rows, page, async () => {
    const [total] = await tx.select({ rows: count() }).from(studies).where(where)
    return total?.rows ?? 0
  })
}

export async function searchSeries(
  tx: Transaction,
  where: SQL | undefined,
  page: Page,
): Promise<Found<SeriesRow>> {
  const from = eq(studies.id, series.studyId)
  const rows = await tx
    .select({ study: studies, series })
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

/** @param withMetadata also the DICOM JSON of each instance, for attributes that have no column */
export async function searchInstances(
  tx: Transaction,
  where: SQL | undefined,
  page: Page,
  withMetadata: boolean,
): Promise<Found<InstanceRow>> {
  const { metadata, frameIndex: _frames, bulkIndex: _bulk, ...columns } = getTableColumns(instances)
  const ofSeries = eq(series.id, instances.seriesId)
  const ofStudy = eq(studies.id, instances.studyId)
  const rows = await tx
    .select({
      study: studies,
      series,
      instance: { ...columns, metadata: withMetadata ? metadata : sql<null>`NULL` },
    })
    .from(instances)
    .innerJoin(series, ofSeries)
    .innerJoin(studies, ofStudy)
    .where(where)
    .orderBy(
      ...newestStudiesFirst,
      asc(series.seriesNumber),
      asc(series.seriesInstanceUid),
      asc(instances.instanceNumber),
      asc(instances.sopInstanceUid),
    )
    .limit(page.limit + 1)
    .offset(page.offset)
  return cut(rows, page, async () => {
    const [total] = await tx
      .select({ rows: count() })
      .from(instances)
      .innerJoin(series, ofSeries)
      .innerJoin(studies, ofStudy)
      .where(where)
    return total?.rows ?? 0
  })
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
