import type { DicomJsonAttributes } from '@bitewing/db/schema'

export type Attributes = DicomJsonAttributes

/** First value as text, trimmed; '' when absent or empty. Numbers are written out. */
export function text(attributes: Attributes, tag: string): string {
  const [value] = attributes[tag]?.Value ?? []
  if (typeof value === 'string') return value.trim()
  if (typeof value === 'number') return String(value)
  return ''
}

/** First value as a number; null when absent, empty or not a number. */
export function number(attributes: Attributes, tag: string): number | null {
  const [value] = attributes[tag]?.Value ?? []
  const parsed =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() ? Number(value) : NaN
  return Number.isFinite(parsed) ? parsed : null
}

/** As `number`, within what an integer column holds. */
export function integer(attributes: Attributes, tag: string): number | null {
  const value = number(attributes, tag)
  return value === null || Math.abs(value) > 0x7fffffff ? null : Math.trunc(value)
}

/** Person name with its component groups joined by `=`, as PS3.5 §6.2.1 writes it. */
export function personName(attributes: Attributes, tag: string): string {
  const [value] = attributes[tag]?.Value ?? []
  if (typeof value !== 'object' || value === null) return ''
  const group = (name: string) => {
    const component: unknown = Reflect.get(value, name)
    return typeof component === 'string' ? component.trim() : ''
  }
  return [group('Alphabetic'), group('Ideographic'), group('Phonetic')].join('=').replace(/=+$/, '')
}

/** Items of a sequence. */
export function items(attributes: Attributes, tag: string): Attributes[] {
  return (attributes[tag]?.Value ?? []).filter(
    (item): item is Attributes => typeof item === 'object' && item !== null,
  )
}

/** DA as an ISO date; null when absent, empty, a range or not a day of the calendar. The old form 1998.07.04 is read. */
export function date(attributes: Attributes, tag: string): string | null {
  const [, year, month, day] = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(text(attributes, tag)) ?? []
  if (year === undefined || month === undefined || day === undefined || year === '0000') return null
  const iso = `${year}-${month}-${day}`
  const parsed = new Date(`${iso}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(iso) ? iso : null
}

/** TM as `HH:MM:SS.ffffff`; null when absent, empty or no time of day. The old form 10:20:30 is read. */
export function time(attributes: Attributes, tag: string): string | null {
  const match = /^(\d{2}):?(?:(\d{2}):?(?:(\d{2})(?:\.(\d{1,6}))?)?)?$/.exec(text(attributes, tag))
  if (!match) return null
  const [, hours = '', minutes = '00', seconds = '00', fraction = ''] = match
  // 60 is a leap second, which Postgres would turn into the next minute
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60) return null
  return `${hours}:${minutes}:${seconds === '60' ? '59' : seconds}.${fraction.padEnd(6, '0')}`
}
