import { and, asc, desc, eq, gte, inArray, lt, sql, type SQL } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { patientAlerts, type PatientAlert } from '../patients/patient-alerts.ts'
import { userName } from '../people/user-name.ts'
import { appointments, patients, type AppointmentKind, type AppointmentStatus } from '../schema/index.ts'

export type Appointment = {
  id: string
  patient: {
    id: string
    familyName: string
    givenName: string
    birthDate: string | null
    phone: string | null
    alerts: PatientAlert[]
  }
  /** the name is null when they have left the practice for good */
  provider: { id: string; name: string | null }
  /** ISO date, in the practice's time zone */
  day: string
  /** HH:MM, in the practice's time zone */
  time: string
  minutes: number
  /** '' for none */
  room: string
  kind: AppointmentKind
  note: string
  status: AppointmentStatus
  statusAt: Date
  /** the visit of a treatment plan that it is for */
  visit: { planId: string; visitId: string } | null
  /** counts changes: who changes a state that somebody else has changed is told */
  version: number
  changedAt: Date
  /** by name; null when they have left the practice for good */
  changedBy: string | null
}

/**
 * Appointments in the order of time. Inside withTenant.
 *
 * @param which.day   those of one day, ISO date, or of so many `days` from it on
 * @param which.patientId those of one patient, the latest first
 * @param which.ids   these
 */
export async function listAppointments(
  tx: Transaction,
  timeZone: string,
  which: { day: string; days?: number } | { patientId: string } | { ids: string[] },
): Promise<Appointment[]> {
  let wanted: SQL | undefined
  if ('day' in which)
    wanted = and(
      gte(appointments.startsAt, sql`${which.day}::date::timestamp AT TIME ZONE ${timeZone}`),
      lt(
        appointments.startsAt,
        sql`(${which.day}::date + ${which.days ?? 1}::integer)::timestamp AT TIME ZONE ${timeZone}`,
      ),
    )
  else if ('patientId' in which) wanted = eq(appointments.patientId, which.patientId)
  else if (which.ids.length === 0) return []
  else wanted = inArray(appointments.id, which.ids)
  const rows = await tx
    .select({
      id: appointments.id,
      patientId: patients.id,
      familyName: patients.familyName,
      givenName: patients.givenName,
      birthDate: patients.birthDate,
      phone: patients.phone,
      providerId: appointments.providerId,
      providerName: userName(appointments.providerId),
      day: sql<string>`to_char(${appointments.startsAt} AT TIME ZONE ${timeZone}, 'YYYY-MM-DD')`,
      time: sql<string>`to_char(${appointments.startsAt} AT TIME ZONE ${timeZone}, 'HH24:MI')`,
      minutes: appointments.minutes,
      room: appointments.room,
      kind: appointments.kind,
      note: appointments.note,
      status: appointments.status,
      statusAt: appointments.statusAt,
      planId: appointments.planId,
      visitId: appointments.visitId,
      version: appointments.version,
      changedAt: appointments.changedAt,
      changedBy: userName(appointments.changedBy),
    })
    .from(appointments)
    .innerJoin(patients, eq(patients.id, appointments.patientId))
    .where(wanted)
    .orderBy('patientId' in which ? desc(appointments.startsAt) : asc(appointments.startsAt), appointments.id)
    .limit(appointmentsMax * ('day' in which ? (which.days ?? 1) : 1))
  const alerts = await patientAlerts(
    tx,
    rows.map(({ patientId }) => patientId),
  )
  return rows.map(
    ({
      patientId,
      familyName,
      givenName,
      birthDate,
      phone,
      providerId,
      providerName,
      planId,
      visitId,
      ...row
    }) => ({
      ...row,
      patient: {
        id: patientId,
        familyName,
        givenName,
        birthDate,
        phone,
        alerts: alerts.get(patientId) ?? [],
      },
      provider: { id: providerId, name: providerName },
      visit: planId !== null && visitId !== null ? { planId, visitId } : null,
    }),
  )
}

/** More than a practice has in a day, and a patient in years. */
const appointmentsMax = 500
