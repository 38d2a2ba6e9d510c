import { and, asc, eq, inArray, isNull } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { patientAlerts as table, patients, type AlertKind } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

export type PatientAlert = {
  id: string
  kind: AlertKind
  /** to what, which; '' where the kind says all */
  text: string
  createdAt: Date
  /** by name; null when they have left the practice for good */
  createdBy: string | null
}

/** What must be known of patients before all else, by patient; those without alerts are missing. Inside withTenant. */
export async function patientAlerts(
  tx: Transaction,
  patientIds: readonly string[],
): Promise<Map<string, PatientAlert[]>> {
  if (patientIds.length === 0) return new Map()
  const rows = await tx
    .select({
      patientId: table.patientId,
      id: table.id,
      kind: table.kind,
      text: table.text,
      createdAt: table.createdAt,
      createdBy: userName(table.createdBy),
    })
    .from(table)
    .where(and(inArray(table.patientId, [...new Set(patientIds)]), isNull(table.endedAt)))
    .orderBy(asc(table.createdAt), asc(table.id))
  const alerts = new Map<string, PatientAlert[]>()
  for (const { patientId, ...alert } of rows) alerts.set(patientId, [...(alerts.get(patientId) ?? []), alert])
  return alerts
}

/** @returns the alert's id; null when the practice has no such patient */
export function addAlert(
  db: Database,
  staff: Staff,
  { patientId, kind, text }: { patientId: string; kind: AlertKind; text: string },
): Promise<string | null> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const [patient] = await tx.select({ id: patients.id }).from(patients).where(eq(patients.id, patientId))
    if (!patient) return null
    const [made] = await tx
      .insert(table)
      .values({ tenantId: staff.tenantId, patientId, kind, text, createdBy: staff.userId })
      .returning({ id: table.id })
    if (!made) throw new Error('the alert was not written')
    await note(tx, staff, patientId, { what: 'alert added', alertId: made.id })
    return made.id
  })
}

/** Says that an alert holds no longer, or that it does after all. @returns whether there was one to change */
export function endAlert(
  db: Database,
  staff: Staff,
  { patientId, alertId, ended }: { patientId: string; alertId: string; ended: boolean },
): Promise<boolean> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const changed = await tx
      .update(table)
      .set(ended ? { endedAt: new Date(), endedBy: staff.userId } : { endedAt: null, endedBy: null })
      .where(and(eq(table.id, alertId), eq(table.patientId, patientId)))
      .returning({ id: table.id })
    if (changed.length === 0) return false
    await note(tx, staff, patientId, { what: ended ? 'alert ended' : 'alert restored', alertId })
    return true
  })
}

function note(tx: Transaction, staff: Staff, patientId: string, detail: Record<string, string>) {
  return recordInTransaction(tx, { ...staffEvent(staff), kind: 'patient.changed', patientId, detail })
}
