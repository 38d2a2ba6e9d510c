import { and, eq, inArray } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database } from '../database.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { patientDistinctions, patients } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

/**
 * Says that two patients are two people, though they look like one; or takes that back.
 *
 * @returns false when the practice has no such two
 */
export function setDistinct(
  db: Database,
  staff: Staff,
  { patientId, otherId, distinct }: { patientId: string; otherId: string; distinct: boolean },
): Promise<boolean> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const { tenantId, userId } = staff
    const held = await tx
      .select({ id: patients.id })
      .from(patients)
      .where(inArray(patients.id, [patientId, otherId]))
    if (held.length !== 2) return false
    const [oneId, high] = patientId < otherId ? [patientId, otherId] : [otherId, patientId]
    if (distinct)
      await tx
        .insert(patientDistinctions)
        .values({ tenantId, oneId, otherId: high, createdBy: userId })
        .onConflictDoNothing()
    else
      await tx
        .delete(patientDistinctions)
        .where(and(eq(patientDistinctions.oneId, oneId), eq(patientDistinctions.otherId, high)))
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'patient.changed',
      patientId,
      detail: { what: distinct ? 'another person' : 'perhaps the same person', otherId },
    })
    return true
  })
}
