import { sql, type SQL } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'

/**
 * A colleague's name in place of their id, to select in a query; null when nobody of that id is left in the practice.
 * Users are global: this door tells the names of colleagues alone.
 */
export function userName(id: AnyPgColumn): SQL<string | null> {
  return sql<string | null>`(SELECT name FROM door_user_names(ARRAY[${id}]))`
}
