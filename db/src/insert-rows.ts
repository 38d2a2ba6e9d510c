import { getTableColumns, getTableName, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Transaction } from './database.ts'

/**
 * Inserts rows by one statement that reads the same however many they are, so that Postgres and the driver know it.
 * `insert().values()` writes out a parameter for each value of each row: for fifty instances 1,600 of them, put
 * together, parsed and planned anew each time.
 *
 * @param keys what is given of each row; other columns have their defaults
 * @param rows values as JSON has them, besides dates and Buffers; half surrogates become U+FFFD, as in any text here
 */
export async function insertRows<T extends PgTable>(
  tx: Transaction,
  table: T,
  keys: readonly (keyof T['$inferInsert'] & string)[],
  rows: readonly T['$inferInsert'][],
): Promise<void> {
  if (rows.length === 0) return
  const all = getTableColumns(table)
  const columns = keys.map((key) => {
    const column = all[key]
    if (!column) throw new Error(`The table has no column ${key}`)
    return { key, name: column.name, type: column.getSQLType() }
  })
  const names = columns.map(({ name }) => `"${name}"`).join()
  const shape = columns.map(({ name, type }) => `"${name}" ${type}`).join()
  const values = rows.map((row) =>
    Object.fromEntries(columns.map(({ key, name }) => [name, inJson(row[key])])),
  )
  await tx.execute(
    sql`${sql.raw(`INSERT INTO "${getTableName(table)}" (${names}) SELECT ${names} FROM json_to_recordset(`)}${JSON.stringify(values)}${sql.raw(`::text::json) AS given (${shape})`)}`,
  )
}

function inJson(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  return Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value
}
