import { eq } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database } from '../database.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { patients } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

type Contact = { phone: string | null; email: string | null }

/**
 * How a patient is reached.
 *
 * @param before what was seen: somebody else may have changed it since
 * @returns what stands where it was changed meanwhile; null when the practice has no such patient
 */
export function saveContact(
  db: Database,
  staff: Staff,
  { patientId, before, contact }: { patientId: string; before: Contact; contact: Contact },
): Promise<'saved' | { standing: Contact } | null> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const [held] = await tx
      .select({ phone: patients.phone, email: patients.email })
      .from(patients)
      .where(eq(patients.id, patientId))
      .for('update')
    if (!held) return null
    if (held.phone !== before.phone || held.email !== before.email) return { standing: held }
    await tx
      .update(patients)
      .set({ ...contact, updatedAt: new Date() })
      .where(eq(patients.id, patientId))
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'patient.changed',
      patientId,
      detail: { what: 'contact' },
    })
    return 'saved'
  })
}
