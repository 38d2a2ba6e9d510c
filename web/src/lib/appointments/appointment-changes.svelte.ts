import type { Appointment } from '@bitewing/db'
import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import { weekday } from '#lib/format/date.ts'
import type { Locale } from '#lib/locale.ts'
import { sendAction } from '#lib/send-action.ts'
import { m } from '#paraglide/messages.js'
import { clock, patientName, statusName } from './appointment-text.ts'

export type AppointmentFields = {
  /** '' for a new one */
  id: string
  version: string
  patient: string
  provider: string
  day: string
  time: string
  minutes: string
  room: string
  kind: string
  note: string
  /** `planId/visitId`, or '' */
  visit: string
}

export type Answer =
  | { outcome: 'saved'; id: string; version: number }
  | { outcome: 'conflict'; conflicts: Appointment[] }
  | { outcome: 'changed'; appointment: Appointment }
  | { outcome: 'refused' | 'no-time' | 'absent' | 'away' }

type Place = { day: string; time: string; providerId: string }
type Change = Partial<Pick<Appointment, 'day' | 'time' | 'provider' | 'status'>>

/** The fields of an appointment as it stands. */
export function fieldsOf(appointment: Appointment): AppointmentFields {
  const { id, version, patient, provider, day, time, minutes, room, kind, note, visit } = appointment
  return {
    id,
    version: String(version),
    patient: patient.id,
    provider: provider.id,
    day,
    time,
    minutes: String(minutes),
    room,
    kind,
    note,
    visit: visit ? `${visit.planId}/${visit.visitId}` : '',
  }
}

/**
 * What is done to appointments on a page, by one press or a drag: sent at once, told with a way back, and asked about
 * where somebody else's change or booking came between.
 */
export class AppointmentChanges {
  /** what was done last */
  notice = $state.raw<{ text: string; undo: (() => void) | null } | null>(null)
  /** others at that time who were not on the page: done only when somebody says so */
  question = $state.raw<{ conflicts: Appointment[]; again: () => void } | null>(null)
  problem = $state<string | null>(null)
  /** where an appointment is to be while that is being saved */
  moved = $state.raw<{ id: string; place: Place } | null>(null)
  busy = new SvelteSet<string>()
  #locale: Locale
  #refresh: () => Promise<void>

  #nameOf: (providerId: string) => string
  #warningOf: (span: { day: string; time: string; minutes: number }) => string | null
  /** what this page saved: what it was given may be a moment older while a live refresh is on its way */
  #saved = new SvelteMap<string, { version: number; change: Change }>()

  /**
   * @param options.refresh   asks for what the page shows
   * @param options.warningOf what is unusual about a time, and allowed
   */
  constructor(options: {
    locale: Locale
    refresh: () => Promise<void>
    nameOf: (providerId: string) => string
    warningOf?: (span: { day: string; time: string; minutes: number }) => string | null
  }) {
    this.#locale = options.locale
    this.#refresh = options.refresh
    this.#nameOf = options.nameOf
    this.#warningOf = options.warningOf ?? (() => null)
  }

  dismiss() {
    this.notice = null
    this.question = null
    this.problem = null
  }

  /** Sends what a form holds. */
  async save(fields: AppointmentFields, known: readonly string[]): Promise<Answer> {
    const answer = await ask('save', { ...fields, known: known.join(',') })
    if (answer.outcome === 'saved' || answer.outcome === 'changed') await this.#refresh()
    return answer
  }

  /** Another time, day or provider. */
  async move(appointment: Appointment, place: Place, known: readonly string[]) {
    const { day, time, providerId } = place
    const before = { day: appointment.day, time: appointment.time, providerId: appointment.provider.id }
    if (day === before.day && time === before.time && providerId === before.providerId) return
    this.moved = { id: appointment.id, place }
    await this.#change(
      appointment,
      (ids) =>
        ask('save', {
          ...fieldsOf(appointment),
          version: String(this.#newest(appointment)),
          day,
          time,
          provider: providerId,
          known: ids.join(','),
        }),
      known,
      {
        change: { day, time, provider: { id: providerId, name: this.#nameOf(providerId) } },
        text: [this.#movedText(before, place), this.#warningOf({ ...place, minutes: appointment.minutes })]
          .filter((part) => part !== null)
          .join(m.list_separator()),
        undo: (saved) =>
          void this.move({ ...saved, day, time, provider: { id: providerId, name: null } }, before, known),
      },
    )
    // not that of a next move, which may have begun
    if (this.moved?.place === place) this.moved = null
  }

  #movedText(before: Place, { day, time, providerId }: Place): string {
    const at = clock(time, this.#locale)
    if (day !== before.day) return m.appt_moved_day({ day: weekday(day, this.#locale), time: at })
    return providerId === before.providerId
      ? m.appt_moved({ time: at })
      : m.appt_moved_to({ time: at, provider: this.#nameOf(providerId) })
  }

  async setStatus(
    appointment: Appointment,
    status: Appointment['status'],
    known: readonly string[] = [],
  ): Promise<void> {
    const { id, status: before } = appointment
    await this.#change(
      appointment,
      (ids) =>
        ask('status', { id, version: String(this.#newest(appointment)), status, known: ids.join(',') }),
      known,
      {
        change: { status },
        text: m.appt_status_set({ who: patientName(appointment), status: statusName(status) }),
        undo: (saved) => void this.setStatus({ ...saved, status }, before),
      },
    )
  }

  /** Tells of a new one, which can be taken back. */
  booked(appointment: Appointment) {
    this.dismiss()
    const time = clock(appointment.time, this.#locale)
    this.notice = {
      text: m.appt_saved({ who: patientName(appointment), time }),
      undo: () => void this.setStatus(appointment, 'cancelled'),
    }
  }

  told(text: string) {
    this.dismiss()
    this.notice = { text, undo: null }
  }

  /** An appointment as it stands after what this page saved of it, if that is newer than what it was given. */
  current(appointment: Appointment): Appointment {
    const saved = this.#saved.get(appointment.id)
    if (!saved || saved.version <= appointment.version) return appointment
    return { ...appointment, ...saved.change, version: saved.version }
  }

  #newest({ id, version }: Appointment): number {
    return Math.max(version, this.#saved.get(id)?.version ?? 0)
  }

  async #change(
    appointment: Appointment,
    send: (known: readonly string[]) => Promise<Answer>,
    known: readonly string[],
    done: { change: Change; text: string; undo: (saved: Appointment) => void },
  ): Promise<void> {
    this.dismiss()
    this.busy.add(appointment.id)
    const answer = await send(known)
    if (answer.outcome === 'saved') {
      const earlier = this.#saved.get(answer.id)
      // what this page saved before counts until it was given that, or what somebody else made of it
      const before = earlier && earlier.version >= appointment.version ? earlier.change : {}
      this.#saved.set(answer.id, { version: answer.version, change: { ...before, ...done.change } })
    }
    if (answer.outcome !== 'away' && answer.outcome !== 'conflict') await this.#refresh()
    this.busy.delete(appointment.id)
    switch (answer.outcome) {
      case 'saved': {
        const saved = { ...appointment, version: answer.version }
        const { text, undo } = done
        this.notice = { text, undo: () => undo(saved) }
        break
      }
      case 'conflict': {
        const ids = [...known, ...answer.conflicts.map(({ id }) => id)]
        this.question = {
          conflicts: answer.conflicts,
          again: () => void this.#change(appointment, send, ids, done),
        }
        break
      }
      case 'changed':
        this.problem = m.appt_changed({
          who: answer.appointment.changedBy ?? m.appt_changed_by_somebody(),
        })
        break
      default:
        this.problem =
          answer.outcome === 'away'
            ? m.appt_failed()
            : answer.outcome === 'no-time'
              ? m.appt_no_time()
              : m.appt_absent()
    }
  }
}

async function ask(action: 'save' | 'status', fields: Record<string, string>): Promise<Answer> {
  try {
    const result = await sendAction<{ saved: { id: string; version: number } }, Answer>(
      action,
      fields,
      '/appointments',
    )
    if (result.type === 'success' && result.data) return { outcome: 'saved', ...result.data.saved }
    if (result.type === 'failure' && result.data) return result.data
    return { outcome: 'absent' }
  } catch {
    return { outcome: 'away' }
  }
}
