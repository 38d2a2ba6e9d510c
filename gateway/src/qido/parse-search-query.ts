import { tagOfKeyword } from '../dicom/dictionary.ts'
import { isUid } from '../dicom/uid.ts'
import { GatewayError } from '../errors.ts'
import { searchAttribute, type SearchAttribute, type SearchLevel } from './search-attributes.ts'

export type SearchMatch = { attribute: SearchAttribute; value: string }
export type SearchQuery = {
  matches: SearchMatch[]
  /** tags asked for beside the usual ones; `all` for everything known at the level */
  includeFields: ReadonlySet<string> | 'all'
  limit: number
  offset: number
  fuzzyMatching: boolean
  /** an empty value matches empty attributes instead of all */
  emptyValueMatching: boolean
  /** lists match in any attribute, not only UIDs */
  multipleValueMatching: boolean
}

const limitDefault = 100
const offsetMax = 1_000_000

/**
 * Parses the query of a search, PS3.18 §8.3.4. Attributes come by keyword or as eight hexadecimal digits;
 * `includefield` repeated, joined by commas, or `all`. Parameters that are neither keyword nor tag are ignored,
 * as are unknown `includefield`s; a match on an attribute that cannot be searched is refused: it must never
 * mean "no filter".
 *
 * @throws {GatewayError} `invalid-parameter`, naming the parameter
 */
export function parseSearchQuery(
  parameters: URLSearchParams,
  level: SearchLevel,
  limitMax: number,
): SearchQuery {
  const matches: SearchMatch[] = []
  const includeFields = new Set<string>()
  let all = false

  for (const [name, value] of parameters) {
    const lower = name.toLowerCase()
    if (lower === 'includefield') {
      for (const field of value.split(',').map((part) => part.trim())) {
        if (field.toLowerCase() === 'all') all = true
        else if (tagOf(field)) includeFields.add(tagOf(field) ?? '')
      }
      continue
    }
    if (controls.has(lower)) continue
    const tag = tagOf(name)
    if (!tag) continue
    const attribute = searchAttribute(tag, level)
    if (!attribute)
      throw new GatewayError('invalid-parameter', `${name} cannot be searched by at this level.`)
    matches.push({ attribute, value: checked(name, value.trim(), attribute) })
  }

  const fuzzyMatching = flag(parameters, 'fuzzymatching')
  return {
    matches,
    includeFields: all ? 'all' : includeFields,
    limit: Math.min(count(parameters, 'limit', limitDefault), limitMax),
    offset: count(parameters, 'offset', 0, offsetMax),
    fuzzyMatching,
    emptyValueMatching: flag(parameters, 'emptyvaluematching'),
    multipleValueMatching: flag(parameters, 'multiplevaluematching'),
  }
}

const controls = new Set([
  'limit',
  'offset',
  'fuzzymatching',
  'emptyvaluematching',
  'multiplevaluematching',
  'accept',
  'charset',
])

/** Tag of a name, or tags of a path into sequences joined by dots (PS3.18 §8.3.1); null for what is neither. */
function tagOf(name: string): string | null {
  if (/^[0-9a-fA-F]{8}$/.test(name)) return name.toUpperCase()
  const [first = '', ...further] = name.split('.')
  if (further.length === 0) return tagOfKeyword(name)
  const tag = tagOf(first)
  // what is unknown in a sequence that is known is an attribute that cannot be searched by
  return tag && [tag, ...further.map((part) => tagOf(part) ?? 'unknown')].join('.')
}

function checked(name: string, value: string, { matching }: SearchAttribute): string {
  if (value === '') return value
  const refuse = (expected: string) => new GatewayError('invalid-parameter', `${name} must be ${expected}.`)
  switch (matching) {
    case 'uid':
      if (!value.split(/[\\,]/).every((uid) => isUid(uid.trim())))
        throw refuse('a UID, or several joined by \\ or a comma')
      return value
    case 'date':
      if (!isRange(value, (part) => /^\d{8}$/.test(part) && isDay(part)))
        throw refuse('a date YYYYMMDD or a range A-B')
      return value
    case 'time':
      if (!isRange(value, (part) => /^\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?$/.test(part) && isTimeOfDay(part))) {
        throw refuse('a time HHMMSS or a range A-B')
      }
      return value
    case 'number':
      if (!/^-?\d{1,9}$/.test(value)) throw refuse('a whole number')
      return value
    case 'text':
    case 'code':
    case 'name':
    case 'list':
    case 'item':
      if (value.length > 256) throw refuse('at most 256 characters')
      // eslint-disable-next-line no-control-regex -- Postgres refuses NUL, and no value has control characters
      if (/[\u0000-\u001f]/.test(value)) throw refuse('without control characters')
      return value
  }
}

function isRange(value: string, isPart: (part: string) => boolean): boolean {
  const parts = value.split('-')
  if (parts.length === 1) return isPart(value)
  const [from = '', to = ''] = parts
  return (
    parts.length === 2 &&
    (from !== '' || to !== '') &&
    [from, to].every((part) => part === '' || isPart(part))
  )
}

function isDay(text: string): boolean {
  const iso = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`
  const day = new Date(`${iso}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(iso)
}

function isTimeOfDay(text: string): boolean {
  return (
    Number(text.slice(0, 2)) < 24 && Number(text.slice(2, 4) || 0) < 60 && Number(text.slice(4, 6) || 0) < 61
  )
}

function flag(parameters: URLSearchParams, name: string): boolean {
  const value = parameters.get(name)
  if (value === null || value === '' || value === 'false') return false
  if (value === 'true') return true
  throw new GatewayError('invalid-parameter', `${name} must be true or false.`)
}

function count(
  parameters: URLSearchParams,
  name: string,
  otherwise: number,
  max = Number.MAX_SAFE_INTEGER,
): number {
  const value = parameters.get(name)
  if (value === null || value === '') return otherwise
  if (!/^\d{1,12}$/.test(value) || Number(value) > max) {
    throw new GatewayError('invalid-parameter', `${name} must be a whole number that is not negative.`)
  }
  return Number(value)
}
