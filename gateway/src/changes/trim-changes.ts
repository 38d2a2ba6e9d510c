import { asSystem, type Database } from '@bitewing/db'
import { sql } from 'drizzle-orm'

/** How long a change stays in the feed, in days: an integration that was away longer reads everything anew. */
export const changesKeptDays = 400

/** Removes what is older from every practice's feed, but for its newest. @returns how many rows went */
export function trimChanges(db: Database): Promise<number> {
  return asSystem(db, async (tx) => {
    const { rows } = await tx.execute<{ trimmed: string }>(
      sql`SELECT door_trim_changes(make_interval(days => ${changesKeptDays})) AS trimmed`,
    )
    return Number(rows[0]?.trimmed ?? 0)
  })
}
