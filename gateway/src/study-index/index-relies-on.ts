import { withTenant, type Database } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { eq, sql } from 'drizzle-orm'

/**
 * Whether the index has an instance whose writing failed, and how many instances of any practice rely on Orthanc's
 * copy. Only this tells when the answer to COMMIT was lost with its connection: it may have been done, or be under way
 * yet, which is waited for.
 *
 * @param orthancId null to ask for none
 * @throws {DatabaseAway} it is not known: the bytes must stay
 */
export function indexReliesOn(
  db: Database,
  tenantId: string,
  {
    instanceId,
    sopInstanceUid,
    orthancId,
  }: Record<'instanceId' | 'sopInstanceUid', string> & {
    orthancId: string | null
  },
): Promise<{ isIndexed: boolean; archiveReferences: number }> {
  return withTenant(db, tenantId, async (tx) => {
    // the lock that registerInstances holds until its transaction is over
    await tx.execute(
      sql`SELECT pg_advisory_xact_lock(hashtextextended(${`${tenantId} ${sopInstanceUid}`}, 0))`,
    )
    const known = await tx.select({ id: instances.id }).from(instances).where(eq(instances.id, instanceId))
    if (orthancId === null) return { isIndexed: known.length > 0, archiveReferences: 0 }
    const {
      rows: [row],
    } = await tx.execute<{ references: string }>(
      sql`SELECT door_orthanc_references(${orthancId}) AS references`,
    )
    return { isIndexed: known.length > 0, archiveReferences: Number(row?.references ?? 0) }
  })
}
