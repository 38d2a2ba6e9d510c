import { sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'

/** What the clock on a practice's wall says. */
export type PracticeClock = {
  /** IANA name */
  timeZone: string
  /** today, ISO date */
  day: string
  /** HH:MM */
  time: string
}

/** Day and time in the practice's time zone, whatever that of this machine is. Inside withTenant. */
export async function practiceClock(tx: Transaction): Promise<PracticeClock> {
  const {
    rows: [row],
  } = await tx.execute<{ timeZone: string; day: string; time: string }>(sql`
    SELECT time_zone AS "timeZone", to_char(now() AT TIME ZONE time_zone, 'YYYY-MM-DD') AS day,
      to_char(now() AT TIME ZONE time_zone, 'HH24:MI') AS time
    FROM tenants WHERE id = current_tenant_id()`)
  if (!row) throw new Error('the practice is not there')
  return row
}
