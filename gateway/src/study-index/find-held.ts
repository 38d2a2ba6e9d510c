import { withTenant, type Database } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { and, eq } from 'drizzle-orm'

/** What the practice holds under a SOP Instance UID already; null when nothing. */
export function findHeld(
  db: Database,
  tenantId: string,
  sopInstanceUid: string,
): Promise<{ instanceId: string; studyId: string; dataSetDigest: string /* hex */ } | null> {
  return withTenant(db, tenantId, async (tx) => {
    const [row] = await tx
      .select({ instanceId: instances.id, studyId: instances.studyId, digest: instances.dataSetDigest })
      .from(instances)
      .where(and(eq(instances.tenantId, tenantId), eq(instances.sopInstanceUid, sopInstanceUid)))
    return row
      ? { instanceId: row.instanceId, studyId: row.studyId, dataSetDigest: row.digest.toString('hex') }
      : null
  })
}
