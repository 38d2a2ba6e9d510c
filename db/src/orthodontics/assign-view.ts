import { eq } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { areImagesOf } from '../patients/are-images-of.ts'
import { photographViews } from '../schema/index.ts'

/**
 * Says which orthodontic view a photograph is, in place of what its codes say. The image itself never changes. Inside
 * withTenant.
 *
 * @param assigned.view keyword of ADA Standard 1107; null takes back what was said
 * @returns what staff had said before; null when it is no image of this patient
 */
export async function assignView(
  tx: Transaction,
  tenantId: string,
  assigned: { patientId: string; instanceId: string; view: string | null },
  userId: string,
): Promise<{ before: string | null } | null> {
  const { patientId, instanceId, view } = assigned
  if (!(await areImagesOf(tx, patientId, [instanceId]))) return null
  const [held] = await tx
    .select({ view: photographViews.view })
    .from(photographViews)
    .where(eq(photographViews.instanceId, instanceId))
    .for('update')
  const changed = { view, assignedBy: userId, assignedAt: new Date() }
  await tx
    .insert(photographViews)
    .values({ tenantId, instanceId, ...changed })
    .onConflictDoUpdate({ target: photographViews.instanceId, set: changed })
  return { before: held?.view ?? null }
}
