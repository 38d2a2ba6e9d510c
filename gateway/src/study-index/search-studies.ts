import { askInTenant, databaseState, type Database, type Question } from '@bitewing/db'
import { studies } from '@bitewing/db/schema'
import { sql, type SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import { archivedCondition } from './archived-condition.ts'
import type { Attributes } from './attribute-values.ts'
import type { Found, Page, StudyRow } from './search.ts'

/** What a search's result is made of. */
export type FoundStudy = Pick<
  StudyRow,
  'studyInstanceUid' | 'seriesCount' | 'instanceCount' | 'modalities' | 'sopClassUids'
> & { attributes: Attributes; isArchived: boolean }

/**
 * A study that was found, not taken apart yet: whoever has seen this row in this version, archived or not, need not.
 * It is archived where any of its instances is: their rows change without the study's.
 */
export type FoundStudyRow = { id: string; rowVersion: string; isArchived: boolean; read(): FoundStudy }

const dialect = new PgDialect()
const newestFirst = sql`${studies.studyDate} DESC NULLS LAST, ${studies.studyTime} DESC NULLS LAST, ${studies.id}`

/**
 * Studies of the practice, newest first, in one round trip: the page, and how many there are in all where it is cut.
 *
 * @param where conditions on columns of `studies`
 * @param hasArchive what is cold in the object store has to be recalled before it is read
 * @returns `state`: the `databaseState` that all of it is of; null where something was committed meanwhile
 */
export async function searchStudies(
  db: Database,
  tenantId: string,
  where: SQL | undefined,
  { limit, offset }: Page,
  hasArchive: boolean,
): Promise<Found<FoundStudyRow> & { state: string | null }> {
  const archived = hasArchive
    ? sql`EXISTS (SELECT FROM instances i WHERE i.study_id = ${studies.id} AND ${sql.raw(archivedCondition('i.'))})`
    : sql`false`
  const matching = sql`FROM ${studies}${where && sql` WHERE ${where}`}`
  // ids first: an index alone puts them in order, and the rows of the page are all that is read
  const page = sql`SELECT ${studies.id} ${matching} ORDER BY ${newestFirst} LIMIT ${limit} OFFSET ${offset}`
  const [[before] = [], rows = [], [count] = [], [after] = []] = await askInTenant(db, tenantId, [
    databaseState,
    // xmin is another for each version of a row; no value of the two lists holds the separator (PS3.5 §6.2)
    question(sql`SELECT ${studies.id}, xmin::text AS version, ${studies.studyInstanceUid} AS uid,
      ${studies.seriesCount} AS series, ${studies.instanceCount} AS instances, ${studies.attributes}::text AS attributes,
      array_to_string(${studies.modalities}, '\\') AS modalities, array_to_string(${studies.sopClassUids}, '\\') AS classes,
      ${archived} AS archived
      FROM ${studies} WHERE ${studies.id} = ANY (ARRAY(${page})) ORDER BY ${newestFirst}`),
    question(sql`SELECT CASE WHEN EXISTS (SELECT ${matching} OFFSET ${offset + limit} LIMIT 1)
      THEN (SELECT count(*) ${matching}) END AS total`),
    databaseState,
  ])
  const found = (rows as Row[]).map((row) => ({
    id: row.id,
    rowVersion: row.version,
    isArchived: row.archived,
    read: () => studyOf(row),
  }))
  const total = count?.['total'] ?? null
  return {
    rows: found,
    remaining: total === null ? 0 : Number(total) - offset - limit,
    state: before && before['state'] === after?.['state'] ? String(before['state']) : null,
  }
}

/** As the statement above names its columns. */
type Row = {
  id: string
  version: string
  uid: string
  series: number
  instances: number
  attributes: string
  modalities: string
  classes: string
  archived: boolean
}

function studyOf({ uid, series, instances, attributes, modalities, classes, archived }: Row): FoundStudy {
  return {
    studyInstanceUid: uid,
    seriesCount: series,
    instanceCount: instances,
    attributes: JSON.parse(attributes) as Attributes, // written by registerInstances
    modalities: modalities === '' ? [] : modalities.split('\\'),
    sopClassUids: classes === '' ? [] : classes.split('\\'),
    isArchived: archived,
  }
}

function question(statement: SQL): Question {
  const { sql: text, params } = dialect.sqlToQuery(statement)
  return { text, values: params.map(primitive) }
}

function primitive(value: unknown): string | number | boolean | null {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value))
    return value as string | number | boolean | null
  throw new TypeError('A condition of a search has a value that is no text')
}
