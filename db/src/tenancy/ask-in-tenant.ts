import pg from 'pg'
import { orDatabaseAway } from '../database-away.ts'
import type { Database } from '../database.ts'
import { nameStatement } from '../name-statement.ts'
import { isTenantId } from './is-tenant-id.ts'

/** A statement that reads; values are what Postgres takes as text. */
export type Question = { text: string; values: readonly (string | number | boolean | null)[] }
/** As the driver gives them: JSON parsed, whole numbers beyond 32 bits and dates as text. */
export type AnswerRow = Record<string, unknown>

const scope: Question = { text: `SELECT set_config('bitewing.tenant_id', $1, true)`, values: [] }

/**
 * As `withTenant`, for statements that are known from the start and only read: they and the practice's scope travel in
 * one message, and Postgres answers them in one. What is sent up to the protocol's Sync is one transaction, so that
 * the scope ends with it. Each of the round trips of `withTenant` costs more than most of these statements.
 *
 * @param tenantId id of the practice, from an authenticated credential, never from a request's parameters
 * @returns the rows of each
 * @throws {DatabaseAway}
 */
export async function askInTenant(
  { client: pool }: Pick<Database, 'client'>,
  tenantId: string,
  questions: readonly Question[],
): Promise<AnswerRow[][]> {
  if (!isTenantId(tenantId)) throw new Error('A practice is named by a UUID')
  const connection = await pool.connect().catch((error: unknown) => {
    throw orDatabaseAway(error)
  })
  try {
    const answers = await new Promise<AnswerRow[][]>((resolve, reject) => {
      connection.query(conversation([{ ...scope, values: [tenantId] }, ...questions], resolve, reject))
    })
    connection.release()
    return answers.slice(1)
  } catch (error) {
    // what it has prepared is not known any more
    connection.release(error instanceof Error ? error : true)
    throw orDatabaseAway(error)
  }
}

/** What the driver's connection does for the query that it is given, as for `pg-cursor`. */
type Wire = {
  stream: { cork(): void; uncork(): void }
  parsedStatements: Record<string, string>
  parse(given: { name: string; text: string }): void
  bind(given: { statement: string; values: (string | null)[] }): void
  describe(given: { type: 'P' }): void
  execute(given: object): void
  sync(): void
}
type Field = { name: string; dataTypeID: number }
type Column = { name: string; parse: (text: string) => unknown }

/**
 * The columns of what a connection has prepared, so that Postgres is not asked for them each time. It never answers a
 * prepared statement with others: where a table has changed so, it refuses (0A000), and the connection is given up.
 */
const columnsKept = new WeakMap<pg.Connection, Map<string, Column[]>>()

/** The driver's side of it: it calls these for each message that Postgres answers. */
function conversation(
  questions: readonly Question[],
  resolve: (answers: AnswerRow[][]) => void,
  reject: (reason: Error) => void,
) {
  const answers: AnswerRow[][] = questions.map(() => [])
  const columns: Column[][] = questions.map(() => [])
  const prepared: { at: number; name: string; text: string }[] = []
  let kept = new Map<string, Column[]>()
  let at = 0
  let failure: Error | null = null

  return {
    submit(connection: pg.Connection) {
      const wire = connection as unknown as Wire // its types lack what it prepared, and ask for arguments of old
      kept = columnsKept.get(connection) ?? kept
      columnsKept.set(connection, kept)
      wire.stream.cork()
      try {
        for (const [index, { text, values }] of questions.entries()) {
          const name = nameStatement(text) ?? ''
          const isNamed = name !== ''
          if (!isNamed || (wire.parsedStatements[name] === undefined && !parsedHere(name))) {
            wire.parse({ name, text })
          }
          wire.bind({
            statement: name,
            values: values.map((value) => (value === null ? null : String(value))),
          })
          const known = isNamed ? kept.get(name) : undefined
          if (known) columns[index] = known
          else {
            wire.describe({ type: 'P' })
            if (isNamed) prepared.push({ at: index, name, text })
          }
          wire.execute({})
        }
        wire.sync()
      } finally {
        wire.stream.uncork()
      }
    },
    handleRowDescription(message: { fields: Field[] }) {
      columns[at] = message.fields.map(({ name, dataTypeID }) => ({
        name,
        parse: pg.types.getTypeParser(dataTypeID, 'text') as (text: string) => unknown,
      }))
    },
    handleDataRow(message: { fields: (string | null)[] }) {
      const row: AnswerRow = {}
      const ofRow = columns[at] ?? []
      for (let index = 0; index < ofRow.length; index++) {
        const column = ofRow[index]
        const text = message.fields[index] ?? null
        if (column) row[column.name] = text === null ? null : column.parse(text)
      }
      answers[at]?.push(row)
    },
    handleCommandComplete() {
      at++
    },
    handleEmptyQuery() {
      at++
    },
    handleError(error: Error) {
      failure ??= error
      reject(error)
    },
    handleReadyForQuery(wire: Wire) {
      if (failure) return
      for (const { at: index, name, text } of prepared) {
        wire.parsedStatements[name] = text
        kept.set(name, columns[index] ?? [])
      }
      resolve(answers)
    },
  }

  function parsedHere(name: string): boolean {
    return prepared.some((one) => one.name === name)
  }
}
