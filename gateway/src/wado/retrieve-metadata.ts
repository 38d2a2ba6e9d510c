import { promisify } from 'node:util'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createGzip, gunzip } from 'node:zlib'
import { askTogether, withTenant, type Database } from '@bitewing/db'
import { series, seriesMetadata } from '@bitewing/db/schema'
import { and, desc, eq, ne, notInArray, or, sql } from 'drizzle-orm'
import { isUid } from '../dicom/uid.ts'
import { resolveBulkDataUris } from '../dicom/resolve-bulk-data-uris.ts'
import type { HeldInstance, InstanceScope } from '../study-index/find-instance.ts'
import { findMetadataKeys, readMetadata } from '../study-index/instance-metadata.ts'
import { instanceUrl } from './dicomweb-url.ts'
import type { WithMetadata } from './metadata-xml.ts'

const decompress = promisify(gunzip)

/** A series whose last instance is older than this has come to rest, and its answer is worth keeping. */
const restMs = 3000

/**
 * Kept answers of one series at most. Without a configured address each Host that a client names makes other URLs, and
 * so does each share: those asked for last are kept.
 */
const keptPerSeriesMax = 4

/** The DICOM JSON of instances as one array, PS3.18 §10.4.1.1.2, put together without parsing any of it. */
export function assembleMetadata(held: readonly HeldInstance[], dicomwebRoot: string): string {
  return `[${held.map((one) => resolveBulkDataUris(one.metadata, `${instanceUrl(dicomwebRoot, one)}/bulkdata/`)).join(',\n')}]`
}

/** The same of instances that come one by one, in pieces of about 64 KB. */
export async function* streamMetadata(
  read: AsyncIterable<WithMetadata>,
  dicomwebRoot: string,
): AsyncGenerator<Uint8Array> {
  let text = '['
  let separator = ''
  for await (const one of read) {
    text += separator + resolveBulkDataUris(one.metadata, `${instanceUrl(dicomwebRoot, one)}/bulkdata/`)
    separator = ',\n'
    if (text.length < pieceLength) continue
    yield Buffer.from(text, 'utf8')
    text = ''
  }
  yield Buffer.from(`${text}]`, 'utf8')
}
const pieceLength = 64 * 1024

type SeriesScope = Required<Pick<InstanceScope, 'study' | 'series'>>

/** A series and what is kept of its metadata; nothing of it may leave before the access is on record. */
export type SeriesWithMetadata = {
  studyId: string
  patientId: string | null
  seriesId: string
  version: number
  updatedAt: Date
  /** covers the series' members (its version) and the URL that goes into it */
  key: string
  gzip: Buffer | null
}

const keptKey = `translate(rtrim(encode(sha256(convert_to('1 ' || s.version || ' ' || $3::text, 'UTF8')), 'base64'), '='), '+/', '-_')`

/**
 * In one round trip.
 *
 * @returns null when the practice, or the share's study, has no such series
 */
export async function findSeriesMetadata(
  db: Database,
  tenantId: string,
  { study, series: seriesUid }: SeriesScope,
  onlyStudyId: string | null,
  dicomwebRoot: string,
): Promise<SeriesWithMetadata | null> {
  if (![study, seriesUid].every(isUid)) return null
  const rows = await askTogether(db, tenantId, {
    text: `SELECT t.id AS "studyId", t.patient_id AS "patientId", s.id AS "seriesId", s.version, s.updated_at AS "updatedAt",
          ${keptKey} AS key, m.gzip
        FROM studies t JOIN series s ON s.study_id = t.id
        LEFT JOIN series_metadata m ON m.series_id = s.id AND m.key = ${keptKey}
        WHERE t.study_instance_uid = $1 AND s.series_instance_uid = $2 AND ($4::uuid IS NULL OR t.id = $4::uuid)`,
    values: [study, seriesUid, dicomwebRoot, onlyStudyId],
  })
  const [row] = rows as SeriesWithMetadata[] // the columns above, by those names
  return row ?? null
}

/** A series' metadata as gzip: the kept answer, or one that is made and, once the series has come to rest, kept. */
export async function retrieveSeriesMetadata(
  db: Database,
  tenantId: string,
  scope: SeriesScope,
  onlyStudyId: string | null,
  dicomwebRoot: string,
  { seriesId, version, updatedAt, key, gzip }: SeriesWithMetadata,
): Promise<{ gzip: Buffer; etag: string }> {
  const etag = `"m-${seriesId.slice(0, 8)}-${key.slice(0, 22)}"`
  if (gzip) return { gzip, etag }

  const keys = await withTenant(db, tenantId, (tx) => findMetadataKeys(tx, scope, onlyStudyId))
  // compressed as it is read: uncompressed, a large series would not fit
  const made = await buffer(
    Readable.from(streamMetadata(readMetadata(db, tenantId, keys), dicomwebRoot)).pipe(
      createGzip({ level: 6 }),
    ),
  )
  if (Date.now() - updatedAt.getTime() > restMs) {
    await withTenant(db, tenantId, async (tx) => {
      const [now] = await tx.select({ version: series.version }).from(series).where(eq(series.id, seriesId))
      if (now?.version !== version) return // it grew while this was made
      await tx.insert(seriesMetadata).values({ tenantId, seriesId, key, gzip: made }).onConflictDoNothing()
      const latest = tx
        .select({ id: seriesMetadata.id })
        .from(seriesMetadata)
        .where(eq(seriesMetadata.seriesId, seriesId))
        .orderBy(desc(seriesMetadata.madeAt), desc(seriesMetadata.id))
        .limit(keptPerSeriesMax)
      // answers of earlier members are never asked for again; other URLs' are kept for a day
      await tx
        .delete(seriesMetadata)
        .where(
          and(
            eq(seriesMetadata.seriesId, seriesId),
            ne(seriesMetadata.key, key),
            or(
              sql`${seriesMetadata.madeAt} < now() - interval '1 day'`,
              notInArray(seriesMetadata.id, latest),
            ),
          ),
        )
    })
  }
  return { gzip: made, etag }
}

export async function plain(gzipped: Buffer): Promise<Buffer> {
  return decompress(gzipped)
}
