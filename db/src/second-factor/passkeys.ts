import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'

export type Passkey = {
  /** credential id, base64url */
  id: string
  name: string
  transports: string[]
  createdAt: Date
  lastUsedAt: Date | null
}

/** What an assertion is checked against. */
export type StoredPasskey = {
  userId: string
  publicKey: Uint8Array
  counter: number
  transports: string[]
}

export async function listPasskeys(db: Database, userId: string): Promise<Passkey[]> {
  const { rows } = await db.execute<{
    id: string
    name: string
    transports: string[]
    created_at: Date | string
    last_used_at: Date | string | null
  }>(sql`SELECT * FROM door_passkeys(${userId})`)
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    transports: row.transports,
    createdAt: new Date(row.created_at),
    lastUsedAt: row.last_used_at === null ? null : new Date(row.last_used_at),
  }))
}

/** Null when it is nobody's, or of somebody who may not log in. */
export async function findPasskey(db: Database, id: string): Promise<StoredPasskey | null> {
  const {
    rows: [row],
  } = await db.execute<{ user_id: string; public_key: Buffer; counter: string; transports: string[] }>(
    sql`SELECT * FROM door_passkey(${id})`,
  )
  if (!row) return null
  return {
    userId: row.user_id,
    publicKey: new Uint8Array(row.public_key),
    counter: Number(row.counter),
    transports: row.transports,
  }
}

/** @returns false when somebody has this one already */
export async function addPasskey(
  db: Database,
  userId: string,
  passkey: { id: string; name: string; publicKey: Uint8Array; counter: number; transports: string[] },
): Promise<boolean> {
  const transports = passkey.transports.map((each) => sql`${each}`)
  const {
    rows: [row],
  } = await db.execute<{ added: boolean }>(sql`
    SELECT door_passkey_add(${userId}, ${passkey.id}, ${passkey.name}, ${Buffer.from(passkey.publicKey)},
      ${passkey.counter}, ARRAY[${sql.join(transports, sql`, `)}]::text[]) AS added`)
  return row?.added ?? false
}

/** Notes a use, and how often the device says that it has signed. */
export async function notePasskeyUse(db: Database, id: string, counter: number): Promise<void> {
  await db.execute(sql`SELECT door_passkey_used(${id}, ${counter})`)
}

export async function removePasskey(db: Database, userId: string, id: string): Promise<boolean> {
  const {
    rows: [row],
  } = await db.execute<{ removed: boolean }>(sql`SELECT door_passkey_remove(${userId}, ${id}) AS removed`)
  return row?.removed ?? false
}

/** @returns false when the user has no such passkey */
export async function renamePasskey(
  db: Database,
  userId: string,
  { id, name }: { id: string; name: string },
): Promise<boolean> {
  const {
    rows: [row],
  } = await db.execute<{ renamed: boolean }>(
    sql`SELECT door_passkey_rename(${userId}, ${id}, ${name}) AS renamed`,
  )
  return row?.renamed ?? false
}
