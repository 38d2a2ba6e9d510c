import { and, asc, gte, lt, notInArray, sql, type SQL } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { appointments, type AppointmentStatus } from '../schema/index.ts'

/** Those that take nobody's time. */
export const idleStatuses: readonly AppointmentStatus[] = ['missed', 'cancelled']

/**
 * Who cannot be in two places: appointments at the same time with the same provider, in the same room, or of the same
 * patient, by id. Inside withTenant, and below the lock of who books (`lockAppointments`).
 *
 * @param span.startsAt an SQL instant
 */
export async function findConflicts(
  tx: Transaction,
  span: {
    id: string | null
    startsAt: SQL | Date
    minutes: number
    providerId: string
    room: string
    patientId: string
  },
): Promise<string[]> {
  const start = sql`${span.startsAt}::timestamptz`
  const rows = await tx
    .select({ id: appointments.id })
    .from(appointments)
    .where(
      and(
        // the index ends at the longest there is
        gte(appointments.startsAt, sql`${start} - interval '12 hours'`),
        lt(appointments.startsAt, sql`${start} + make_interval(mins => ${span.minutes})`),
        sql`${appointments.startsAt} + make_interval(mins => ${appointments.minutes}) > ${start}`,
        notInArray(appointments.status, [...idleStatuses]),
        span.id === null ? undefined : sql`${appointments.id} <> ${span.id}`,
        sql`(${appointments.providerId} = ${span.providerId} OR ${appointments.patientId} = ${span.patientId}
          OR (${appointments.room} <> '' AND lower(${appointments.room}) = lower(${span.room})))`,
      ),
    )
    .orderBy(asc(appointments.startsAt))
    .limit(20)
  return rows.map(({ id }) => id)
}
