import type { Locale } from '#lib/locale.ts'

const regions: Record<Locale, string> = { en: 'en-CA', fr: 'fr-CA' }

let zoneHere: () => string | undefined = () => undefined

/**
 * Says in which zone instants are told: that of the practice whose page it is, whatever the reader's device or the server
 * is set to. Pages of no practice are told in the reader's.
 */
export function tellInstantsIn(zone: () => string | undefined): void {
  zoneHere = zone
}

/** A calendar day, never shifted by a time zone: `7 mars 1985`. */
export function longDay(isoDate: string, locale: Locale): string {
  return day(isoDate, locale, { day: 'numeric', month: 'long', year: 'numeric' })
}

/** `7 mars 1985` with the month abbreviated. */
export function shortDay(isoDate: string, locale: Locale): string {
  return day(isoDate, locale, { day: 'numeric', month: 'short', year: 'numeric' })
}

/** `samedi 7 mars 1985` */
export function weekday(isoDate: string, locale: Locale): string {
  return day(isoDate, locale, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
}

/** `lun. 23 nov.` */
export function weekdayShort(isoDate: string, locale: Locale): string {
  return day(isoDate, locale, { weekday: 'short', day: 'numeric', month: 'short' })
}

/** The name alone, `lundi`. @param index from Monday, 0 */
export function weekdayName(index: number, locale: Locale): string {
  return day(`2024-01-0${index + 1}`, locale, { weekday: 'long' })
}

/** From one day to another, ISO dates: `23–29 novembre 2026`. */
export function daySpan(from: string, to: string, locale: Locale): string {
  const options = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const
  return new Intl.DateTimeFormat(regions[locale], options).formatRange(
    new Date(`${from}T00:00:00Z`),
    new Date(`${to}T00:00:00Z`),
  )
}

/** A time of day as DICOM's TM came into Postgres, `14:05:33.2`: hours and minutes. */
export function timeOfDay(time: string, locale: Locale): string {
  const [hours = '0', minutes = '0'] = time.split(':')
  const date = new Date(Date.UTC(2000, 0, 1, Number(hours), Number(minutes)))
  return new Intl.DateTimeFormat(regions[locale], {
    hour: 'numeric',
    minute: '2-digit',
    timeZone: 'UTC',
  }).format(date)
}

/** The calendar day of an instant, ISO: another than in UTC during the evening here; see `tellInstantsIn`. */
export function dayOf(date: Date): string {
  return dayIn(date, zoneHere())
}

/** An instant; see `tellInstantsIn`. */
export function instant(date: Date, locale: Locale): string {
  const options = { dateStyle: 'medium', timeStyle: 'short', timeZone: zoneHere() } as const
  return new Intl.DateTimeFormat(regions[locale], options).format(date)
}

/** An instant where somebody else is: a document says when something was, whoever reads it. @param timeZone IANA */
export function instantIn(date: Date, timeZone: string, locale: Locale): string {
  const options = { dateStyle: 'long', timeStyle: 'short', timeZone } as const
  return new Intl.DateTimeFormat(regions[locale], options).format(date)
}

/** The calendar day of an instant there, ISO. @param timeZone IANA */
export function dayIn(date: Date, timeZone: string | undefined): string {
  // Swedish writes days as ISO 8601 does
  return new Intl.DateTimeFormat('sv-SE', { timeZone }).format(date)
}

/** The day it was there, as `longDay`. @param timeZone IANA */
export function longDayIn(date: Date, timeZone: string, locale: Locale): string {
  return longDay(dayIn(date, timeZone), locale)
}

/** As `instant`, to the second. */
export function instantExactly(date: Date, locale: Locale): string {
  const options = { dateStyle: 'medium', timeStyle: 'medium', timeZone: zoneHere() } as const
  return new Intl.DateTimeFormat(regions[locale], options).format(date)
}

/** `3 minutes ago`, or `3 min. ago` where room is short, `yesterday`; the day itself from a week on. */
export function sinceThen(
  date: Date,
  now: Date,
  locale: Locale,
  style: Intl.RelativeTimeFormatStyle = 'long',
): string {
  const seconds = Math.round((date.getTime() - now.getTime()) / 1000)
  const format = new Intl.RelativeTimeFormat(regions[locale], { numeric: 'auto', style })
  const past = Math.abs(seconds)
  if (past < 60) return format.format(0, 'minute')
  if (past < 3600) return format.format(Math.round(seconds / 60), 'minute')
  if (past < 86_400) return format.format(Math.round(seconds / 3600), 'hour')
  if (past < 7 * 86_400) return format.format(Math.round(seconds / 86_400), 'day')
  return new Intl.DateTimeFormat(regions[locale], { dateStyle: 'medium', timeZone: zoneHere() }).format(date)
}

/**
 * Whole years between birth and a day; months below two years.
 *
 * @param birthDate ISO date
 * @param on ISO date
 */
export function ageOn(birthDate: string, on: string): { years: number } | { months: number } | null {
  const [birthYear = 0, birthMonth = 0, birthDay = 0] = birthDate.split('-').map(Number)
  const [year = 0, month = 0, dayOfMonth = 0] = on.split('-').map(Number)
  const months = (year - birthYear) * 12 + (month - birthMonth) - (dayOfMonth < birthDay ? 1 : 0)
  if (months < 0) return null
  return months < 24 ? { months } : { years: Math.floor(months / 12) }
}

function day(isoDate: string, locale: Locale, options: Intl.DateTimeFormatOptions): string {
  const date = new Date(`${isoDate}T00:00:00Z`)
  if (Number.isNaN(date.getTime())) return isoDate
  const text = new Intl.DateTimeFormat(regions[locale], { ...options, timeZone: 'UTC' }).format(date)
  return locale === 'fr' ? text.replace(/^1 /, '1er ') : text
}
