import { eq } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { mountTemplates, tenants, type MountSettings } from '../schema/index.ts'
import { ownPractice } from '../tenancy/own-practice.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

/** Which mounts the practice makes, and what its sets of records hold; all, where nobody has said. Inside withTenant. */
export async function readMountSettings(tx: Transaction): Promise<MountSettings> {
  const [row] = await tx.select({ settings: tenants.mountSettings }).from(tenants).where(ownPractice)
  return row?.settings ?? { templates: mountTemplates, notTaken: {} }
}

/** Mounts and records that were made stay as they are. */
export function saveMountSettings(db: Database, staff: Staff, settings: MountSettings): Promise<void> {
  return withTenant(db, staff.tenantId, async (tx) => {
    await tx.update(tenants).set({ mountSettings: settings }).where(eq(tenants.id, staff.tenantId))
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'settings.changed',
      detail: { what: 'mounts' },
    })
  })
}
