import { and, eq, isNull } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { AuditActor } from '../audit/audit-event.ts'
import type { Database } from '../database.ts'
import { quarantinedArrivals } from '../schema/index.ts'
import { asSystem } from '../tenancy/as-system.ts'
import type { QuarantineGroup } from './list-quarantine.ts'

/**
 * Gives a group of quarantined arrivals to a practice. The worker takes them in within seconds.
 *
 * @returns how many arrivals were given
 */
export async function assignQuarantine(
  db: Database,
  group: Pick<QuarantineGroup, 'calledAeTitle' | 'callingAeTitle' | 'remoteAddress'>,
  tenantId: string,
  by: { actor: AuditActor; sessionId: string | null; address: string | null },
): Promise<number> {
  return asSystem(db, async (tx) => {
    const assigned = await tx
      .update(quarantinedArrivals)
      .set({ assignedTenantId: tenantId, assignedAt: new Date() })
      .where(
        and(
          eq(quarantinedArrivals.calledAeTitle, group.calledAeTitle),
          eq(quarantinedArrivals.callingAeTitle, group.callingAeTitle),
          eq(quarantinedArrivals.remoteAddress, group.remoteAddress),
          isNull(quarantinedArrivals.assignedTenantId),
        ),
      )
      .returning({ id: quarantinedArrivals.id })
    await recordInTransaction(tx, {
      tenantId: null,
      kind: 'quarantine.assigned',
      outcome: 'success',
      ...by,
      detail: { tenantId, arrivals: assigned.length },
    })
    return assigned.length
  })
}
