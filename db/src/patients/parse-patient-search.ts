import { foldName } from './fold-name.ts'

/** Days of birth from `from` to `to`, both included, as ISO dates. */
export type BirthRange = { from: string; to: string }

export type PatientSearch = {
  /** folded words; each must begin a word of the name */
  words: string[]
  /** what an identifier must begin with; lower case, '' when nothing was typed */
  identifier: string
  /** spellings such as 03/07/1985 mean two days: any of them counts */
  births: BirthRange[]
  /** digits of a phone number, without the country's 1: what it begins or ends with; '' when none was typed */
  phone: string
}

const monthNames: readonly (readonly string[])[] = [
  ['january', 'jan', 'janvier', 'janv'],
  ['february', 'feb', 'fevrier', 'fevr', 'fev'],
  ['march', 'mar', 'mars'],
  ['april', 'apr', 'avril', 'avr'],
  ['may', 'mai'],
  ['june', 'jun', 'juin'],
  ['july', 'jul', 'juillet', 'juil'],
  ['august', 'aug', 'aout'],
  ['september', 'sep', 'sept', 'septembre'],
  ['october', 'oct', 'octobre'],
  ['november', 'nov', 'novembre'],
  ['december', 'dec', 'decembre'],
]

/**
 * What somebody typed into the search of patients, as one line: words of a name without regard to accents or
 * order, the beginning of an identifier, or a day, month or year of birth in the spellings people use
 * (1985-03-07, 19850307, 7/3/1985, 7.3.85, 7 mars 1985, March 7, 1985, mars 1985, 1985), or a phone number from its
 * beginning, its last seven or its last four digits on, however it is spelt.
 *
 * @param text  as typed; only the first 100 characters count
 * @param today ISO date; a two-digit year is the latest one that is not in the future
 */
export function parsePatientSearch(
  text: string,
  today = new Date().toISOString().slice(0, 10),
): PatientSearch {
  const line = text.slice(0, 100).trim()
  const folded = foldName(line)
  const births = parseBirth(line, today)
  return {
    words: folded === '' ? [] : folded.split(' '),
    identifier: line.toLowerCase(),
    births,
    phone: births.length > 0 ? '' : parsePhone(line),
  }
}

const phoneDigitsMin = 3

function parsePhone(line: string): string {
  if (!/^(tel|tél)?[\s.:]*[+(]?[\d\s().+/-]+$/i.test(line)) return ''
  const digits = line.replace(/\D/g, '')
  const national = /^(\+|1[\s.(-])/.test(line) || digits.length === 11 ? digits.replace(/^1/, '') : digits
  return national.length < phoneDigitsMin ? '' : national.slice(0, 30)
}

function parseBirth(line: string, today: string): BirthRange[] {
  const text = foldName(line.replace(/[/\\.,-]+/g, ' ')).replace(/\b(\d{1,2})(er|st|nd|rd|th)\b/g, '$1')
  const compact = /^(\d{4})(\d{2})(\d{2})$/.exec(text)
  const parts = compact ? compact.slice(1) : text.split(' ').filter((part) => part !== 'le' && part !== 'of')
  const months = parts.map(monthNumber)
  const numbers = parts.map((part) => (/^\d{1,4}$/.test(part) ? Number(part) : null))
  const at = months.findIndex((month) => month !== null)

  if (at >= 0) {
    const month = months[at] ?? 0
    const others = parts.filter((_, index) => index !== at)
    if (others.some((part) => !/^\d{1,4}$/.test(part)) || others.length > 2) return []
    const yearPart = others.find((part) => part.length === 4) ?? (others.length === 2 ? others[1] : undefined)
    const dayPart = others.find((part) => part !== yearPart)
    if (yearPart === undefined) return []
    const year = fullYear(yearPart, today)
    return dayPart === undefined ? wholeMonth(year, month) : oneDay(year, month, Number(dayPart))
  }

  const [a, b, c] = numbers
  if (a == null || numbers.some((number) => number === null)) return []
  if (parts.length === 1)
    return plausibleYear(parts[0] ?? '', today) ? [{ from: `${a}-01-01`, to: `${a}-12-31` }] : []
  if (parts.length === 2 && b != null) {
    if ((parts[0] ?? '').length === 4) return wholeMonth(a, b)
    return (parts[1] ?? '').length === 4 ? wholeMonth(b, a) : []
  }
  if (parts.length !== 3 || b == null || c == null) return []
  if ((parts[0] ?? '').length === 4) return oneDay(a, b, c)
  const year = fullYear(parts[2] ?? '', today)
  const spellings = [...oneDay(year, b, a), ...oneDay(year, a, b)]
  return spellings.filter((range, index) => spellings.findIndex(({ from }) => from === range.from) === index)
}

function monthNumber(part: string): number | null {
  const index = monthNames.findIndex((names) => names.includes(part))
  return index < 0 ? null : index + 1
}

function plausibleYear(part: string, today: string): boolean {
  return part.length === 4 && Number(part) >= 1880 && Number(part) <= Number(today.slice(0, 4))
}

function fullYear(part: string, today: string): number {
  const year = Number(part)
  if (part.length > 2) return year
  const century = Number(today.slice(0, 2)) * 100
  return century + year <= Number(today.slice(0, 4)) ? century + year : century - 100 + year
}

function oneDay(year: number, month: number, day: number): BirthRange[] {
  const date = new Date(Date.UTC(year, month - 1, day))
  if (year < 1880 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return []
  const iso = date.toISOString().slice(0, 10)
  return [{ from: iso, to: iso }]
}

function wholeMonth(year: number, month: number): BirthRange[] {
  if (year < 1880 || month < 1 || month > 12) return []
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const prefix = `${year}-${String(month).padStart(2, '0')}`
  return [{ from: `${prefix}-01`, to: `${prefix}-${last}` }]
}
