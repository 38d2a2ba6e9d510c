import { and, isNotNull, isNull, type SQL } from 'drizzle-orm'
import type { Transaction } from './database.ts'
import type { comparisons, mountLayouts, mounts, planTemplates } from './schema/index.ts'

/** Rows that are marked when they are removed, and come back. */
type Removable = typeof comparisons | typeof mountLayouts | typeof mounts | typeof planTemplates

/** Takes a row away, or brings it back. Inside withTenant. @returns whether there was one to take away or bring back */
export async function removeOrRestore(
  tx: Transaction,
  table: Removable,
  which: SQL | undefined,
  { restore }: { restore: boolean },
): Promise<boolean> {
  const changed = await tx
    .update(table)
    .set({ deletedAt: restore ? null : new Date() })
    .where(and(which, restore ? isNotNull(table.deletedAt) : isNull(table.deletedAt)))
    .returning({ id: table.id })
  return changed.length > 0
}
