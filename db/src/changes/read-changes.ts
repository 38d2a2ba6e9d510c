import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { changes, type ChangeKind } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

export type Change = {
  /** 1, 2, 3 … within the practice */
  sequence: number
  kind: ChangeKind
  studyInstanceUid: string
  seriesInstanceUid: string | null
  sopInstanceUid: string | null
  at: Date
}

/** Rows that get their number in one reading. */
const numberedMax = 10_000

/**
 * A practice's changes after a position, oldest first.
 *
 * Positions grow without gaps, and nothing ever appears behind one that was given out: a change is numbered not when
 * it is written but here, when it is committed and so seen, by one reader of the practice at a time (advisory lock).
 * A transaction that commits late gets later numbers; one that never commits gets none.
 *
 * @param since position of the last change known; 0 for all
 */
export function readChanges(
  db: Database,
  tenantId: string,
  since: number,
  limit: number,
): Promise<{ changes: Change[]; done: boolean }> {
  return withTenant(db, tenantId, async (tx) => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`changes ${tenantId}`}, 0))`)
    await tx.execute(sql`
      UPDATE changes c SET sequence = numbered.sequence
      FROM (
        SELECT id, (SELECT coalesce(max(sequence), 0) FROM changes WHERE tenant_id = ${tenantId}::uuid)
          + row_number() OVER (ORDER BY id) AS sequence
        FROM (SELECT id FROM changes WHERE tenant_id = ${tenantId}::uuid AND sequence IS NULL ORDER BY id LIMIT ${numberedMax}) fresh
      ) numbered
      WHERE c.id = numbered.id`)
    const rows = await tx
      .select()
      .from(changes)
      .where(and(eq(changes.tenantId, tenantId), gt(changes.sequence, since)))
      .orderBy(asc(changes.sequence))
      .limit(limit + 1)
    const page = rows
      .slice(0, limit)
      .flatMap(({ id: _, tenantId: __, sequence, ...change }) =>
        sequence === null ? [] : [{ ...change, sequence }],
      )
    return { changes: page, done: rows.length <= limit }
  })
}
