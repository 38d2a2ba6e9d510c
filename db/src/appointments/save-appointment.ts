import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { lockPlan } from '../plans/set-item-state.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { appointments, memberships, patients, type AppointmentKind } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { findConflicts, idleStatuses } from './find-conflicts.ts'
import { listAppointments, type Appointment } from './list-appointments.ts'
import { bookableRoles } from './list-bookable.ts'
import { lockAppointments } from './lock-appointments.ts'
import { plannedVisits, type PlannedVisit } from './plan-visits.ts'
import { practiceClock } from './practice-clock.ts'
import { scheduleVisit } from './schedule-visit.ts'

export type AppointmentDraft = {
  /** null: a new one, else the one that changes, in the version that was seen */
  held: { id: string; version: number } | null
  patientId: string
  providerId: string
  /** ISO date and HH:MM, in the practice's time zone */
  day: string
  time: string
  /** 5 to 720 */
  minutes: number
  room: string
  kind: AppointmentKind
  note: string
  visit: { planId: string; visitId: string } | null
  /** appointments that overlap and that whoever books knows of */
  known: readonly string[]
}

export type SavedAppointment =
  | { outcome: 'saved'; id: string; version: number }
  /** others are at that time that were not known of: nothing is saved before somebody says so */
  | { outcome: 'conflict'; conflicts: Appointment[] }
  /** somebody else has changed it since */
  | { outcome: 'changed'; appointment: Appointment }
  /** the clocks of the practice leave that time out on that day: in spring they go from 2:00 to 3:00 */
  | { outcome: 'no-time' }
  /** there is no such appointment, patient, provider or visit */
  | { outcome: 'absent' }

/** Books an appointment, or changes one. Overlaps are allowed, and never unsaid: see `known`. */
export function saveAppointment(
  db: Database,
  staff: Staff,
  draft: AppointmentDraft,
): Promise<SavedAppointment> {
  return withTenant(db, staff.tenantId, async (tx) => {
    await lockAppointments(tx, staff.tenantId)
    const { timeZone } = await practiceClock(tx)
    const [held] = draft.held ? await listAppointments(tx, timeZone, { ids: [draft.held.id] }) : []
    if (draft.held && (!held || held.patient.id !== draft.patientId)) return { outcome: 'absent' }
    if (held && held.version !== draft.held?.version) return { outcome: 'changed', appointment: held }

    const [patient] = await tx
      .select({ id: patients.id })
      .from(patients)
      .where(eq(patients.id, draft.patientId))
    if (!patient) return { outcome: 'absent' }
    const { providerId } = draft
    if (held?.provider.id !== providerId && !(await isBookable(tx, providerId))) return { outcome: 'absent' }
    const visits = draft.visit || held?.visit ? await plannedVisits(tx, patient.id) : []
    const visit = visitOf(visits, draft.visit)
    const before = visitOf(visits, held?.visit ?? null)
    const same = draft.visit?.visitId === held?.visit?.visitId && draft.visit?.planId === held?.visit?.planId
    // a visit of which nothing is left to do stays linked
    if (draft.visit && !visit && !same) return { outcome: 'absent' }

    const startsAt = sql`((${draft.day}::date + ${draft.time}::time) AT TIME ZONE ${timeZone})`
    const {
      rows: [clock],
    } = await tx.execute<{ time: string }>(
      sql`SELECT to_char(${startsAt} AT TIME ZONE ${timeZone}, 'HH24:MI') AS time`,
    )
    if (clock?.time !== draft.time) return { outcome: 'no-time' }

    const idle = held !== undefined && idleStatuses.includes(held.status)
    const found = idle
      ? []
      : await findConflicts(tx, {
          id: held?.id ?? null,
          startsAt,
          minutes: draft.minutes,
          providerId,
          room: draft.room,
          patientId: patient.id,
        })
    if (found.some((id) => !draft.known.includes(id)))
      return { outcome: 'conflict', conflicts: await listAppointments(tx, timeZone, { ids: found }) }

    // in the order in which who answers for a case locks its plans, and before the link to one is written: it locks too
    for (const planId of [before?.planId, visit?.planId].toSorted())
      if (planId) await lockPlan(tx, { patientId: patient.id, planId })

    const values = {
      providerId,
      startsAt,
      minutes: draft.minutes,
      room: draft.room,
      kind: draft.kind,
      note: draft.note,
      planId: draft.visit?.planId ?? null,
      visitId: draft.visit?.visitId ?? null,
      changedBy: staff.userId,
      changedAt: new Date(),
    }
    const [saved] = held
      ? await tx
          .update(appointments)
          .set({ ...values, version: sql`${appointments.version} + 1` })
          .where(eq(appointments.id, held.id))
          .returning({ id: appointments.id, version: appointments.version })
      : await tx
          .insert(appointments)
          .values({ ...values, tenantId: staff.tenantId, patientId: patient.id, createdBy: staff.userId })
          .returning({ id: appointments.id, version: appointments.version })
    if (!saved) throw new Error('the appointment was not written')

    if (!idle) {
      const day = draft.day
      if (held && before && (!same || held.day !== day))
        await scheduleVisit(tx, staff, {
          patientId: patient.id,
          visit: before,
          day: held.day,
          schedule: false,
        })
      if (visit) await scheduleVisit(tx, staff, { patientId: patient.id, visit, day, schedule: true })
    }
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: held ? 'appointment.changed' : 'appointment.booked',
      patientId: patient.id,
      detail: { appointmentId: saved.id, overlaps: found.length },
    })
    return { outcome: 'saved', ...saved }
  })
}

function visitOf(
  visits: readonly PlannedVisit[],
  wanted: { planId: string; visitId: string } | null,
): PlannedVisit | undefined {
  return visits.find(({ planId, visitId }) => planId === wanted?.planId && visitId === wanted.visitId)
}

async function isBookable(tx: Transaction, userId: string): Promise<boolean> {
  const [member] = await tx
    .select({ id: memberships.userId })
    .from(memberships)
    .where(
      and(
        eq(memberships.userId, userId),
        isNull(memberships.disabledAt),
        inArray(memberships.role, [...bookableRoles]),
      ),
    )
  return member !== undefined
}
