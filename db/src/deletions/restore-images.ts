import { and, eq, isNull } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database } from '../database.ts'
import { deletions, instances, studies } from '../schema/index.ts'
import { showDeleted } from '../tenancy/show-deleted.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import type { By } from './delete-images.ts'
import { recountStudy } from './recount-study.ts'

/**
 * Brings back all that the practice deleted of a study and that is not purged yet. On record in the same transaction.
 *
 * @returns how many instances came back; 0 when there was nothing to restore
 */
export function restoreImages(
  db: Database,
  tenantId: string,
  studyInstanceUid: string,
  by: By,
): Promise<number> {
  return withTenant(db, tenantId, async (tx) => {
    await showDeleted(tx)
    const [study] = await tx
      .select({ id: studies.id, patientId: studies.patientId })
      .from(studies)
      .where(and(eq(studies.tenantId, tenantId), eq(studies.studyInstanceUid, studyInstanceUid)))
      .for('update')
    if (!study) return 0
    const open = await tx
      .update(deletions)
      .set({ restoredAt: new Date() })
      .where(
        and(eq(deletions.studyId, study.id), isNull(deletions.restoredAt), isNull(deletions.purgeBegunAt)),
      )
      .returning({ id: deletions.id })
    let restored = 0
    for (const { id } of open) {
      const rows = await tx
        .update(instances)
        .set({ deletionId: null })
        .where(eq(instances.deletionId, id))
        .returning({ id: instances.id })
      restored += rows.length
      await recountStudy(tx, study.id, id)
      await recordInTransaction(tx, {
        tenantId,
        kind: 'images.restored',
        outcome: 'success',
        ...by,
        patientId: study.patientId,
        studyId: study.id,
        detail: { deletionId: id, instances: rows.length },
      })
    }
    return restored
  })
}
