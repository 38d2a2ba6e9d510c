import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createGzip, gunzip } from 'node:zlib'
import { withTenant, type Database } from '@bitewing/db'
import { series, seriesMetadata } from '@bitewing/db/schema'
import { and, desc, eq, ne, notInArray, or, sql } from 'drizzle-orm'
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

/**
 * A series' metadata as gzip, from the kept answer where there is one. The key covers the series' members (its
 * version) and the URL that goes into it.
 *
 * @returns null when the practice, or the share's study, has no such series
 */
export async function retrieveSeriesMetadata(
  db: Database,
  tenantId: string,
  scope: Required<Pick<InstanceScope, 'study' | 'series'>>,
  onlyStudyId: string | null,
  dicomwebRoot: string,
  seriesRow: { id: string; version: number; updatedAt: Date },
): Promise<{ gzip: Buffer; etag: string }> {
  const key = createHash('sha256').update(`1 ${seriesRow.version} ${dicomwebRoot}`).digest('base64url')
  const etag = `"m-${seriesRow.id.slice(0, 8)}-${key.slice(0, 22)}"`
  const [kept] = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ gzip: seriesMetadata.gzip })
      .from(seriesMetadata)
      .where(and(eq(seriesMetadata.seriesId, seriesRow.id), eq(seriesMetadata.key, key))),
  )
  if (kept) return { gzip: kept.gzip, etag }

  const keys = await withTenant(db, tenantId, (tx) => findMetadataKeys(tx, scope, onlyStudyId))
  // compressed as it is read: uncompressed, a large series would not fit
  const made = await buffer(
    Readable.from(streamMetadata(readMetadata(db, tenantId, keys), dicomwebRoot)).pipe(
      createGzip({ level: 6 }),
    ),
  )
  if (Date.now() - seriesRow.updatedAt.getTime() > restMs) {
    await withTenant(db, tenantId, async (tx) => {
      const [now] = await tx
        .select({ version: series.version })
        .from(series)
        .where(eq(series.id, seriesRow.id))
      if (now?.version !== seriesRow.version) return // it grew while this was made
      await tx
        .insert(seriesMetadata)
        .values({ tenantId, seriesId: seriesRow.id, key, gzip: made })
        .onConflictDoNothing()
      const latest = tx
        .select({ id: seriesMetadata.id })
        .from(seriesMetadata)
        .where(eq(seriesMetadata.seriesId, seriesRow.id))
        .orderBy(desc(seriesMetadata.madeAt), desc(seriesMetadata.id))
        .limit(keptPerSeriesMax)
      // answers of earlier members are never asked for again; other URLs' are kept for a day
      await tx
        .delete(seriesMetadata)
        .where(
          and(
            eq(seriesMetadata.seriesId, seriesRow.id),
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
