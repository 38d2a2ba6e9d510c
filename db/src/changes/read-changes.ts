import { and, asc, eq, gt, isNotNull, sql } from 'drizzle-orm'
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
 * Changes are kept for a while (`door_trim_changes`); the newest of a practice always is.
 *
 * @param since position of the last change known; 0 for all
 * @returns `droppedTo`: positions up to this one are no longer kept, 0 when all are
 */
export function readChanges(
  db: Database,
  tenantId: string,
  since: number,
  limit: number,
): Promise<{ changes: Change[]; done: boolean; droppedTo: number }> {
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
    const [oldest] = await tx
      .select({ sequence: changes.sequence })
      .from(changes)
      .where(and(eq(changes.tenantId, tenantId), isNotNull(changes.sequence)))
      .orderBy(asc(changes.sequence))
      .limit(1)
    return { changes: page, done: rows.length <= limit, droppedTo: (oldest?.sequence ?? 1) - 1 }
  })
}
