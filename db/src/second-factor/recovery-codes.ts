import { randomInt } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { hashSecret } from '../secrets.ts'

const codesCount = 10
/** Nobody takes one of these for another. */
const letters = 'abcdefghjkmnpqrstuvwxyz23456789'

/** Ten new codes in the place of those before: 79 bits each, kept as hashes, to be shown this once. */
export async function newRecoveryCodes(db: Database, userId: string): Promise<string[]> {
  const four = () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('')
  const codes = Array.from({ length: codesCount }, () => [four(), four(), four(), four()].join('-'))
  const hashes = codes.map((code) => sql`${hashSecret(code)}`)
  await db.execute(
    sql`SELECT door_recovery_codes_replace(${userId}, ARRAY[${sql.join(hashes, sql`, `)}]::bytea[])`,
  )
  return codes
}

/** Whether it is one of the user's codes that nobody has used; it is used then. */
export async function takeRecoveryCode(db: Database, userId: string, typed: string): Promise<boolean> {
  const plain = typed.toLowerCase().replace(/[^a-z0-9]/g, '')
  const code = plain.match(/.{1,4}/g)?.join('-') ?? ''
  const {
    rows: [row],
  } = await db.execute<{ taken: boolean }>(
    sql`SELECT door_recovery_code_take(${userId}, ${hashSecret(code)}) AS taken`,
  )
  return row?.taken ?? false
}
