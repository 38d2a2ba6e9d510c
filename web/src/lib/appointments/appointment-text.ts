import type { Appointment } from '@bitewing/db'
import { timeOfDay } from '#lib/format/date.ts'
import { listName } from '#lib/format/person-name.ts'
import type { Locale } from '#lib/locale.ts'
import { m } from '#paraglide/messages.js'

type Status = Appointment['status']
type Kind = Appointment['kind']

const statuses: Readonly<Record<Status, () => string>> = {
  booked: m.appt_status_booked,
  confirmed: m.appt_status_confirmed,
  arrived: m.appt_status_arrived,
  'in-treatment': m.appt_status_in_treatment,
  done: m.appt_status_done,
  missed: m.appt_status_missed,
  cancelled: m.appt_status_cancelled,
}
const kinds: Readonly<Record<Kind, () => string>> = {
  examination: m.appt_kind_examination,
  hygiene: m.appt_kind_hygiene,
  treatment: m.appt_kind_treatment,
  surgery: m.appt_kind_surgery,
  orthodontics: m.appt_kind_orthodontics,
  images: m.appt_kind_images,
  consultation: m.appt_kind_consultation,
  emergency: m.appt_kind_emergency,
  other: m.appt_kind_other,
}

export const appointmentStatuses = Object.keys(statuses) as Status[] // its own keys
export const appointmentKinds = Object.keys(kinds) as Kind[] // its own keys

export function statusName(status: Status): string {
  return statuses[status]()
}

export function kindName(kind: Kind): string {
  return kinds[kind]()
}

/** What usually comes next, for one press; null at an end. */
export function nextStatus(status: Status): 'arrived' | 'in-treatment' | 'done' | null {
  switch (status) {
    case 'booked':
    case 'confirmed':
      return 'arrived'
    case 'arrived':
      return 'in-treatment'
    case 'in-treatment':
      return 'done'
    default:
      return null
  }
}

/** Whether it takes somebody's time. */
export function isIdle({ status }: Pick<Appointment, 'status'>): boolean {
  return status === 'cancelled' || status === 'missed'
}

export function patientName({ patient }: Pick<Appointment, 'patient'>): string {
  return listName(patient) || m.unnamed()
}

/** Who it is with. */
export function providerName({ provider }: Pick<Appointment, 'provider'>): string {
  return provider.name ?? m.appt_changed_by_somebody()
}

/** `9:30 a.m.`, `9 h 30` */
export function clock(time: string, locale: Locale): string {
  return timeOfDay(time, locale)
}

/** Reason and note in one line. */
export function reasonText({ kind, note }: Pick<Appointment, 'kind' | 'note'>): string {
  return [kindName(kind), note.split('\n')[0] ?? ''].filter((part) => part !== '').join(m.list_separator())
}

/** In whose way an appointment is: two by name, and how many more. */
export function overlapText(others: readonly Appointment[]): string {
  const names = others.slice(0, 2).map(patientName).join(', ')
  const more = others.length - 2
  return m.day_overlap({ who: more > 0 ? `${names} ${m.today_more({ count: more })}` : names })
}
