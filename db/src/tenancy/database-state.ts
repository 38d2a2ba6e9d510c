import type { Question } from './ask-in-tenant.ts'

/**
 * What all of the database stands at, as one text (`state`): while it is the same, every query that asks no clock has
 * the same answer, whichever practice's and whatever its policies say.
 *
 * It names the transactions that a query sees the work of: all below the last that has ended but those still under way.
 * Whatever is committed changes it, by making an end of one of them. Where it is the same before and after other
 * questions, they were answered from that very state. Of this server since its start: another one counts anew. Not for
 * a standby, whose snapshots list what is under way elsewhere (`takenDuringRecovery`).
 */
export const databaseState: Question = {
  text: `SELECT pg_current_snapshot()::text || ' ' || extract(epoch from pg_postmaster_start_time())::text AS state
    WHERE NOT pg_is_in_recovery()`,
  values: [],
}
