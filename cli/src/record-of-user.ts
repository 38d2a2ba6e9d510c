import { createAudit, type Database } from '@bitewing/db'
import { memberships } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'

/**
 * Puts on record what the operator did to somebody's account: in the system's own log, and in that of every practice where
 * they work, whose owners are to see it.
 */
export async function recordOfUser(ownerDb: Database, userId: string, what: string): Promise<void> {
  const practices = await ownerDb
    .select({ tenantId: memberships.tenantId })
    .from(memberships)
    .where(eq(memberships.userId, userId))
  const audit = createAudit({ db: ownerDb })
  for (const tenantId of [null, ...practices.map((practice) => practice.tenantId)]) {
    await audit.record({
      tenantId,
      kind: 'settings.changed',
      outcome: 'success',
      actor: { kind: 'system', id: null },
      detail: { what, userId },
    })
  }
}
