import { withTenant, type Database } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { eq, sql } from 'drizzle-orm'

/**
 * Whether the index has an instance whose writing failed. Only this tells when the answer to COMMIT was lost with its
 * connection: it may have been done, or be under way yet, which is waited for.
 *
 * @throws {DatabaseAway} it is not known: the bytes must stay
 */
export function isIndexed(
  db: Database,
  tenantId: string,
  { instanceId, sopInstanceUid }: Record<'instanceId' | 'sopInstanceUid', string>,
): Promise<boolean> {
  return withTenant(db, tenantId, async (tx) => {
    // the lock that registerInstances holds until its transaction is over
    await tx.execute(
      sql`SELECT pg_advisory_xact_lock(hashtextextended(${`${tenantId} ${sopInstanceUid}`}, 0))`,
    )
    const known = await tx.select({ id: instances.id }).from(instances).where(eq(instances.id, instanceId))
    return known.length > 0
  })
}
