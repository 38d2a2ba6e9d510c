import { withTenant, type Database } from '@bitewing/db'
import { sql } from 'drizzle-orm'
import type { HeldFile, HeldInstance } from './find-instance.ts'

/** A file and where its frames and bulk values lie in it. */
export type IndexedFile = HeldFile & Pick<HeldInstance, 'frameIndex' | 'bulkIndex'>

/** Rows of one statement, and the bytes that Postgres keeps of their indexes: a few times as much once they are read. */
const batchRowsMax = 256
const batchBytesMax = 256 * 1024

/**
 * The files with their indexes, in their order, a batch at a time: a study may have 20,000 instances, and a single one
 * 100,000 fragments.
 *
 * @throws {Error} when one was deleted meanwhile: an answer that is under way must break then
 */
export async function* readIndexes(
  db: Database,
  tenantId: string,
  files: readonly HeldFile[],
): AsyncGenerator<IndexedFile> {
  for (let start = 0; start < files.length;) {
    const batch = files.slice(start, start + batchRowsMax)
    const ids = `{${batch.map(({ instanceId }) => instanceId).join(',')}}`
    const { rows } = await withTenant(db, tenantId, (tx) =>
      tx.execute<Pick<IndexedFile, 'frameIndex' | 'bulkIndex'> & { place: number }>(sql`
        SELECT place::int, frame_index AS "frameIndex", bulk_index AS "bulkIndex" FROM (
          SELECT place, frame_index, bulk_index,
            sum(coalesce(pg_column_size(frame_index), 0) + pg_column_size(bulk_index)) OVER (ORDER BY place) AS bytes
          FROM unnest(${ids}::uuid[]) WITH ORDINALITY AS asked (id, place) JOIN instances USING (id)
        ) AS found WHERE bytes <= ${batchBytesMax} OR place = 1 ORDER BY place`),
    )
    for (const [at, { place, frameIndex, bulkIndex }] of rows.entries()) {
      const file = batch[at]
      if (!file || place !== at + 1) throw goneMeanwhile()
      yield { ...file, frameIndex, bulkIndex } // our own JSON, written by registerInstance
    }
    if (rows.length === 0) throw goneMeanwhile()
    start += rows.length
  }
}

function goneMeanwhile(): Error {
  return new Error('an instance was deleted while it was sent')
}
