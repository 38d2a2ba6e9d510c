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

/** The driver's side of it: it calls these for each message that Postgres answers. */
function conversation(
  questions: readonly Question[],
  resolve: (answers: AnswerRow[][]) => void,
  reject: (reason: Error) => void,
) {
  const answers: AnswerRow[][] = questions.map(() => [])
  const prepared: [name: string, text: string][] = []
  let at = 0
  let fields: { name: string; parse: (text: string) => unknown }[] = []
  let failure: Error | null = null

  return {
    submit(connection: pg.Connection) {
      const wire = connection as unknown as Wire // its types lack what it prepared, and ask for arguments of old
      wire.stream.cork()
      try {
        for (const { text, values } of questions) {
          const name = nameStatement(text) ?? ''
          if (name === '' || wire.parsedStatements[name] === undefined) {
            wire.parse({ name, text })
            if (name !== '') prepared.push([name, text])
          }
          wire.bind({
            statement: name,
            values: values.map((value) => (value === null ? null : String(value))),
          })
          wire.describe({ type: 'P' })
          wire.execute({})
        }
        wire.sync()
      } finally {
        wire.stream.uncork()
      }
    },
    handleRowDescription(message: { fields: Field[] }) {
      fields = message.fields.map(({ name, dataTypeID }) => ({
        name,
        parse: pg.types.getTypeParser(dataTypeID, 'text') as (text: string) => unknown,
      }))
    },
    handleDataRow(message: { fields: (string | null)[] }) {
      const row: AnswerRow = {}
      for (const [index, { name, parse }] of fields.entries()) {
        const text = message.fields[index] ?? null
        row[name] = text === null ? null : parse(text)
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
      for (const [name, text] of prepared) wire.parsedStatements[name] = text
      resolve(answers)
    },
  }
}
