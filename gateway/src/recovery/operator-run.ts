import { asSystem, type Database } from '@bitewing/db'
import { operatorRuns } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import type { z } from 'zod'

/** A long command's place, kept in Postgres: it goes on where it was broken off. */
export type OperatorRun<T> = {
  cursor: string
  found: T
  save(cursor: string, found: T): Promise<void>
  /** It is through: the next one begins anew. */
  end(): Promise<void>
}

/**
 * @param db connected as the owner
 * @param name of the command and what it works on
 * @param fresh begins anew, whatever is kept
 * @param start of what is found
 */
export async function continueRun<T>(
  db: Database,
  { name, fresh, schema, start }: { name: string; fresh: boolean; schema: z.ZodType<T>; start: T },
): Promise<OperatorRun<T>> {
  const [kept] = fresh
    ? []
    : await asSystem(db, (tx) => tx.select().from(operatorRuns).where(eq(operatorRuns.name, name)))
  const found = kept ? schema.safeParse(kept.found).data : undefined
  return {
    cursor: found === undefined ? '' : (kept?.cursor ?? ''),
    found: found ?? start,
    async save(cursor, now) {
      const values = { cursor, found: now, updatedAt: new Date() }
      await asSystem(db, (tx) =>
        tx
          .insert(operatorRuns)
          .values({ name, ...values })
          .onConflictDoUpdate({ target: operatorRuns.name, set: values }),
      )
    },
    async end() {
      await asSystem(db, (tx) => tx.delete(operatorRuns).where(eq(operatorRuns.name, name)))
    },
  }
}
