import { inArray } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { photographViews } from '../schema/index.ts'

/** The views that staff have assigned to photographs, by our id of the instance. Inside withTenant. */
export async function assignedViews(
  tx: Transaction,
  instanceIds: readonly string[],
): Promise<Map<string, string>> {
  if (instanceIds.length === 0) return new Map()
  const rows = await tx
    .select({ id: photographViews.instanceId, view: photographViews.view })
    .from(photographViews)
    .where(inArray(photographViews.instanceId, [...instanceIds]))
  return new Map(rows.flatMap(({ id, view }) => (view === null ? [] : [[id, view] as const])))
}
