import { foldName } from '@bitewing/db'
import { and, eq, gt, gte, inArray, isNull, lt, lte, or, sql, type SQL } from 'drizzle-orm'
import type { SearchMatch, SearchQuery } from './parse-search-query.ts'

/** One match as a condition, PS3.4 §C.2.2.2; undefined where it matches everything (universal matching). */
export function matchCondition({ attribute, value }: SearchMatch, query: SearchQuery): SQL | undefined {
  if (value === '' || value === '""') {
    if (value === '' && !query.emptyValueMatching) return undefined
    if (attribute.matching === 'item') return sql`NOT ${someItem(attribute, sql`value <> ''`)}`
    const { column, matching } = attribute
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

  const values = query.multipleValueMatching && attribute.matching !== 'uid' ? value.split('\\') : [value]
  const conditions = values.map((one) =>
    attribute.matching === 'item'
      ? someItem(attribute, sql`lower(value) LIKE ${lower(likePattern(one))}`)
      : oneValue(attribute, one, query.fuzzyMatching),
  )
  return conditions.length === 1 ? conditions[0] : or(...conditions)
}

type OfColumn = Exclude<SearchMatch['attribute'], { matching: 'item' }>
type OfItem = Extract<SearchMatch['attribute'], { matching: 'item' }>
type Column = OfColumn['column']

/** Whether a `value` of the attribute in some item of the sequence is so. */
function someItem({ column, path: [sequence, tag] }: OfItem, isSo: SQL): SQL {
  return sql`EXISTS (
    SELECT FROM jsonb_array_elements(${column} -> ${sequence}::text -> 'Value') AS items(item),
      jsonb_array_elements_text(item -> ${tag}::text -> 'Value') AS found(value)
    WHERE ${isSo})`
}

/**
 * A range of dates together with one of times is one range of moments, PS3.18 §8.3.4.1.1 and PS3.4 §C.2.2.2.5: from
 * that time of the first day to that time of the last. Where a side names a time without its date, and where the date
 * is a single day, both match by themselves, which a day at a time is the same.
 *
 * @returns undefined where the two are no such pair of ranges
 */
export function momentCondition(date: SearchMatch, time: SearchMatch): SQL | undefined {
  const [days, times] = [date.value, time.value].map((value) =>
    value.includes('-') ? value.split('-') : null,
  )
  if (date.attribute.matching === 'item' || time.attribute.matching === 'item' || !days || !times) return
  const [[firstDay = '', lastDay = ''], [start = '', end = '']] = [days, times]
  if ((start && !firstDay) || (end && !lastDay)) return
  const [onDay, atTime] = [date.attribute.column, time.attribute.column]
  return and(
    range(onDay, date.value, isoDay),
    start ? or(gt(onDay, isoDay(firstDay)), gte(atTime, timeOf(start, '00:00:00.000000'))) : undefined,
    end ? or(lt(onDay, isoDay(lastDay)), lte(atTime, timeOf(end, '23:59:59.999999'))) : undefined,
  )
}

function isoDay(text: string): string {
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`
}

function oneValue({ column, folded, matching }: OfColumn, value: string, fuzzy: boolean): SQL | undefined {
  switch (matching) {
    case 'uid':
      return inArray(
        column,
        value.split(/[\\,]/).map((uid) => uid.trim()),
      )
    case 'number':
      return eq(column, Number(value))
    case 'date':
      return range(column, value, isoDay)
    case 'time':
      return timeRange(column, value)
    case 'list':
      return isPattern(value)
        ? sql`EXISTS (SELECT FROM unnest(${column}) AS value WHERE value LIKE ${likePattern(value)})`
        : sql`${column} @> ARRAY[${value}]::text[]`
    case 'code':
      return isPattern(value) ? sql`${column} LIKE ${likePattern(value)}` : eq(column, value)
    case 'text':
      if (folded) return foldedCondition(folded, value)
      return isPattern(value)
        ? sql`lower(${column}) LIKE ${lower(likePattern(value))}`
        : sql`lower(${column}) = ${lower(value)}`
    case 'name':
      return nameCondition(column, value, fuzzy)
  }
}

function foldedCondition(folded: Column, value: string): SQL | undefined {
  if (!isPattern(value)) return sql`${folded} COLLATE "C" = ${lower(value)}`
  const prefix = /^[^*?]*/.exec(value)?.[0] ?? ''
  return and(
    prefix === '' ? undefined : beginsWith(folded, lower(prefix)),
    sql`${folded} LIKE ${lower(likePattern(value))}`,
  )
}

/** Folded by who folded what it is compared with: JavaScript writes other small letters for some (Σ, İ). */
function lower(value: string): SQL {
  return sql`lower(${value}::text)`
}

/**
 * What row-level security lets the planner look for in an index, which a pattern is not: text ordered by its bytes from
 * the prefix to the last that begins with it.
 */
function beginsWith(column: Column, prefix: SQL): SQL {
  return sql`${column} COLLATE "C" >= ${prefix} AND ${column} COLLATE "C" < ${prefix} || ${'\u{10FFFF}'}`
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
  if (!isPattern(value)) return sql`${column} COLLATE "C" = ${foldName(value)}`
  // a wildcard next to a separator swallows it: `Côté^*` must match a name without given name, too
  const parts = value
    .split(/([*?])/)
    .map((part) => (part === '*' ? '%' : part === '?' ? '_' : escapeLike(foldKeepingEnds(part))))
  const prefix = foldKeepingEnds(/^[^*?]*/.exec(value)?.[0] ?? '').trimEnd()
  return and(
    prefix === '' ? undefined : beginsWith(column, sql`${prefix}::text`),
    sql`${column} LIKE ${parts.join('').replace(/ %$/, '%')}`,
  )
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
