import { eq, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database } from '../database.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { appointments, type AppointmentStatus } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { findConflicts, idleStatuses } from './find-conflicts.ts'
import { listAppointments } from './list-appointments.ts'
import { lockAppointments } from './lock-appointments.ts'
import { plannedVisits } from './plan-visits.ts'
import { practiceClock } from './practice-clock.ts'
import type { SavedAppointment } from './save-appointment.ts'
import { scheduleVisit } from './schedule-visit.ts'

/**
 * Says where an appointment stands: arrived, done, cancelled, or back.
 *
 * @param change.version as it was seen
 * @param change.known appointments that overlap and that are known of: one that comes back may find its time taken
 */
export function setAppointmentStatus(
  db: Database,
  staff: Staff,
  change: { id: string; version: number; status: AppointmentStatus; known: readonly string[] },
): Promise<SavedAppointment> {
  return withTenant(db, staff.tenantId, async (tx) => {
    await lockAppointments(tx, staff.tenantId)
    const { timeZone } = await practiceClock(tx)
    const [held] = await listAppointments(tx, timeZone, { ids: [change.id] })
    if (!held) return { outcome: 'absent' }
    if (held.version !== change.version) return { outcome: 'changed', appointment: held }
    const [was, is] = [held.status, change.status].map((status) => !idleStatuses.includes(status))
    const patientId = held.patient.id
    if (is && !was) {
      const found = await findConflicts(tx, {
        id: held.id,
        startsAt: sql`((${held.day}::date + ${held.time}::time) AT TIME ZONE ${timeZone})`,
        minutes: held.minutes,
        providerId: held.provider.id,
        room: held.room,
        patientId,
      })
      if (found.some((id) => !change.known.includes(id)))
        return { outcome: 'conflict', conflicts: await listAppointments(tx, timeZone, { ids: found }) }
    }
    const [saved] = await tx
      .update(appointments)
      .set({
        status: change.status,
        statusAt: new Date(),
        version: sql`${appointments.version} + 1`,
        changedBy: staff.userId,
        changedAt: new Date(),
      })
      .where(eq(appointments.id, held.id))
      .returning({ id: appointments.id, version: appointments.version })
    if (!saved) throw new Error('the appointment was not written')
    if (held.visit && was !== is) {
      const visits = await plannedVisits(tx, patientId)
      const visit = visits.find(({ visitId }) => visitId === held.visit?.visitId)
      if (visit) await scheduleVisit(tx, staff, { patientId, visit, day: held.day, schedule: is === true })
    }
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'appointment.changed',
      patientId,
      detail: { appointmentId: held.id, from: held.status, to: change.status },
    })
    return { outcome: 'saved', ...saved }
  })
}
