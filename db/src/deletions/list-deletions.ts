import { and, desc, eq, isNull } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { deletions } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

export type Deletion = typeof deletions.$inferSelect

/** What a practice has deleted and neither restored nor purged, newest first; ids, counts and times alone. */
export function listDeletions(db: Database, tenantId: string): Promise<Deletion[]> {
  return withTenant(db, tenantId, (tx) =>
    tx
      .select()
      .from(deletions)
      .where(and(eq(deletions.tenantId, tenantId), isNull(deletions.restoredAt), isNull(deletions.purgedAt)))
      .orderBy(desc(deletions.deletedAt)),
  )
}
