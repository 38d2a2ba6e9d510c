import { eq } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { tenants, type CephNorms } from '../schema/index.ts'
import { ownPractice } from '../tenancy/own-practice.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

/** The cephalometric norms that the practice has set for itself; none, where nobody has. Inside withTenant. */
export async function readCephNorms(tx: Transaction): Promise<CephNorms> {
  const [row] = await tx.select({ norms: tenants.cephNorms }).from(tenants).where(ownPractice)
  return row?.norms ?? {}
}

/** Measures that are not among them go by the norms that ship. */
export function saveCephNorms(db: Database, staff: Staff, norms: CephNorms): Promise<void> {
  return withTenant(db, staff.tenantId, async (tx) => {
    await tx.update(tenants).set({ cephNorms: norms }).where(eq(tenants.id, staff.tenantId))
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'settings.changed',
      detail: { what: 'cephalometric norms', own: Object.keys(norms).join(' ') },
    })
  })
}
