import { foldName } from '@bitewing/db'
import { and, eq, gte, inArray, isNull, lte, or, sql, type SQL } from 'drizzle-orm'
import type { SearchMatch, SearchQuery } from './parse-search-query.ts'

/** One match as a condition, PS3.4 §C.2.2.2; undefined where it matches everything (universal matching). */
export function matchCondition({ attribute, value }: SearchMatch, query: SearchQuery): SQL | undefined {
  const { column, matching } = attribute
  if (value === '' || value === '""') {
    if (value === '' && !query.emptyValueMatching) return undefined
    switch (matching) {
      case 'date':
      case 'time':
      case 'number':
        return isNull(column)
      case 'list':
        return eq(column, sql`'{}'`)
      case 'uid':
      case 'text':
      case 'code':
      case 'name':
        return eq(column, '')
    }
  }

  const values = query.multipleValueMatching && matching !== 'uid' ? value.split('\\') : [value]
  const conditions = values.map((one) => oneValue(column, matching, one, query.fuzzyMatching))
  return conditions.length === 1 ? conditions[0] : or(...conditions)
}

type Column = SearchMatch['attribute']['column']

function oneValue(
  column: Column,
  matching: SearchMatch['attribute']['matching'],
  value: string,
  fuzzy: boolean,
): SQL | undefined {
  switch (matching) {
    case 'uid':
      return inArray(
        column,
        value.split(/[\\,]/).map((uid) => uid.trim()),
      )
    case 'number':
      return eq(column, Number(value))
    case 'date':
      return range(column, value, (text) => `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`)
    case 'time':
      return timeRange(column, value)
    case 'list':
      return isPattern(value)
        ? sql`EXISTS (SELECT FROM unnest(${column}) AS value WHERE value LIKE ${likePattern(value)})`
        : sql`${column} @> ARRAY[${value}]::text[]`
    case 'code':
      return isPattern(value) ? sql`${column} LIKE ${likePattern(value)}` : eq(column, value)
    case 'text':
      return isPattern(value)
        ? sql`lower(${column}) LIKE ${likePattern(value.toLowerCase())}`
        : sql`lower(${column}) = ${value.toLowerCase()}`
    case 'name':
      return nameCondition(column, value, fuzzy)
  }
}

/**
 * Names are compared folded: case and diacritics do not matter, and `^` and spaces are the same. Fuzzy matching
 * (PS3.18 §8.3.4.2, ours to define): every word of the query begins a word of the name.
 */
function nameCondition(column: Column, value: string, fuzzy: boolean): SQL | undefined {
  if (fuzzy) {
    const words = foldName(value.replace(/[*?]/g, ' ')).split(' ').filter(Boolean)
    return and(...words.map((word) => sql`(' ' || ${column}) LIKE ${`% ${escapeLike(word)}%`}`))
  }
  if (!isPattern(value)) return eq(column, foldName(value))
  // a wildcard next to a separator swallows it: `Côté^*` must match a name without given name, too
  const parts = value
    .split(/([*?])/)
    .map((part) => (part === '*' ? '%' : part === '?' ? '_' : escapeLike(foldKeepingEnds(part))))
  return sql`${column} LIKE ${parts.join('').replace(/ %$/, '%')}`
}

function foldKeepingEnds(part: string): string {
  const folded = foldName(part)
  if (folded === '') return /[\^\s,=]/.test(part) ? ' ' : ''
  return (/^[\^\s,=]/.test(part) ? ' ' : '') + folded + (/[\^\s,=]$/.test(part) ? ' ' : '')
}

function range(column: Column, value: string, toSql: (text: string) => string): SQL | undefined {
  if (!value.includes('-')) return eq(column, toSql(value))
  const [from = '', to = ''] = value.split('-')
  return and(from ? gte(column, toSql(from)) : undefined, to ? lte(column, toSql(to)) : undefined)
}

/** A time without seconds means the whole minute, and so on: `1030` matches 10:30:59. */
function timeRange(column: Column, value: string): SQL | undefined {
  const [from = '', to = ''] = value.includes('-') ? value.split('-') : [value, value]
  return and(
    from ? gte(column, timeOf(from, '00:00:00.000000')) : undefined,
    to ? lte(column, timeOf(to, '23:59:59.999999')) : undefined,
  )
}

/** `HHMM…` as a time of day, completed from `rest`. */
function timeOf(text: string, rest: string): string {
  const given = text.replace(
    /^(\d{2})(\d{2})?(\d{2})?/,
    (_, hours: string, minutes?: string, seconds?: string) =>
      [hours, minutes, seconds].filter((part) => part !== undefined).join(':'),
  )
  return given + rest.slice(given.length)
}

function isPattern(value: string): boolean {
  return /[*?]/.test(value)
}

function likePattern(value: string): string {
  return escapeLike(value).replace(/\*/g, '%').replace(/\?/g, '_')
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
