import { showDeleted, withTenant, type Database } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { asc, count, gt } from 'drizzle-orm'
import { originalPlace, type OriginalPlace } from '../originals/read-original.ts'

/** An original of the index, and where it should be. What was deleted and may come back is among them. */
export type HeldOriginal = OriginalPlace & { fileSha256: Buffer }

const zeroUuid = '00000000-0000-0000-0000-000000000000'

/** The next originals of a practice in the order of their ids. @param after '' for the first */
export function nextOriginals(
  db: Database,
  tenantId: string,
  after: string,
  limit: number,
): Promise<HeldOriginal[]> {
  return withTenant(db, tenantId, async (tx) => {
    await showDeleted(tx)
    return tx
      .select({ ...originalPlace, fileSha256: instances.fileSha256 })
      .from(instances)
      .where(gt(instances.id, after || zeroUuid))
      .orderBy(asc(instances.id))
      .limit(limit)
  })
}

export async function countOriginals(db: Database, tenantId: string): Promise<number> {
  const [row] = await withTenant(db, tenantId, async (tx) => {
    await showDeleted(tx)
    return tx.select({ total: count() }).from(instances)
  })
  return row?.total ?? 0
}
