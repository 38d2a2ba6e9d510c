import { sql, type SQL } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'

/** That a text which compares by bytes begins with another: a range, which row-level security leaves to the index. */
export function beginsWith(column: AnyPgColumn, beginning: string): SQL {
  return sql`(${column} >= ${beginning} AND ${column} < ${`${beginning}\u{10ffff}`})`
}
