import type { OpeningHours } from '@bitewing/db'
import { weekdayName } from '#lib/format/date.ts'
import type { Locale } from '#lib/locale.ts'
import { m } from '#paraglide/messages.js'
import { clock } from './appointment-text.ts'
import { isWithin, openOn, timeOf } from './day-layout.ts'

/** Says that an appointment reaches outside of the practice's hours; null where it does not, or nobody has said them. */
export function outsideText(
  week: OpeningHours | null,
  span: { day: string; time: string; minutes: number },
  locale: Locale,
): string | null {
  const open = openOn(week, span.day)
  if (open === null || isWithin(span, open)) return null
  if (open.length === 0) {
    const index = (new Date(`${span.day}T00:00:00Z`).getUTCDay() + 6) % 7
    return m.appt_closed_day({ day: weekdayName(index, locale) })
  }
  const hours = open.map(({ from, to }) =>
    m.appt_hours_span({ from: clock(timeOf(from), locale), to: clock(timeOf(to), locale) }),
  )
  return m.appt_outside({ hours: hours.join(', ') })
}
