import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'

/** What a user has beside the password. */
export type SecondFactors = {
  /** since when an authenticator app is in use; null without one */
  appSince: Date | null
  passkeys: number
  recoveryLeft: number
  /** a practice where they work asks for one of the two */
  required: boolean
}

export async function readSecondFactors(db: Database, userId: string): Promise<SecondFactors> {
  const {
    rows: [row],
  } = await db.execute<{
    app_since: Date | string | null
    recovery_left: string
    passkeys: string
    required: boolean
  }>(sql`SELECT * FROM door_second_factors(${userId})`)
  return {
    appSince: row?.app_since ? new Date(row.app_since) : null,
    passkeys: Number(row?.passkeys ?? 0),
    recoveryLeft: Number(row?.recovery_left ?? 0),
    required: row?.required ?? false,
  }
}

export function hasSecondFactor({ appSince, passkeys }: SecondFactors): boolean {
  return appSince !== null || passkeys > 0
}
