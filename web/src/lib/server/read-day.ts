import {
  arrivedSince,
  listAppointments,
  listBookable,
  milestonesDue,
  newestImages,
  plansWaiting,
  practiceClock,
  sharesEnding,
  storageState,
  unreadArrivals,
  type Transaction,
} from '@bitewing/db'
import { allowed, type TenantSession } from './session.ts'

/** What the first page shows of the practice's day; null for what a role may not see. Inside withTenant. */
export async function readDay(tx: Transaction, session: TenantSession) {
  const clock = await practiceClock(tx)
  const appointments = await listAppointments(tx, clock.timeZone, { day: clock.day })
  const ids = [...new Set(appointments.map(({ patient }) => patient.id))]
  const arrived = allowed(session, 'images.list')
    ? await arrivedSince(tx, ids, clock)
    : new Map<string, number>()
  const pictures = allowed(session, 'images.read') ? await newestImages(tx, ids, 3) : new Map<string, never>()
  return {
    clock,
    appointments: appointments.map((appointment) => ({
      ...appointment,
      arrived: arrived.get(appointment.patient.id) ?? 0,
      newest: pictures.get(appointment.patient.id) ?? null,
    })),
    providers: await listBookable(tx),
    unread: allowed(session, 'images.read') ? await unreadArrivals(tx) : null,
    plans: allowed(session, 'plans.read') ? await plansWaiting(tx) : null,
    milestones: allowed(session, 'plans.read') ? await milestonesDue(tx, clock.day) : null,
    shares: allowed(session, 'share.create') ? await sharesEnding(tx) : null,
    storage: allowed(session, 'settings.write') ? await storageState(tx) : null,
  }
}
