import { systemChainId, type Transaction } from '@bitewing/db'
import { aeTitles, devices, tenants } from '@bitewing/db/schema'
import { asc, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { ObjectName } from '../object-store/object-store.ts'

/** What the object store keeps of a practice, so that it can be made again from there and the master key alone. */
export const TenantManifest = z.object({
  tenantId: z.uuid(),
  slug: z.string(),
  name: z.string(),
  locale: z.string(),
  createdAt: z.iso.datetime(),
  wrappedDataKey: z.base64(),
  aeTitles: z.array(z.string()),
  devices: z.array(
    z.object({ aeTitle: z.string(), host: z.string(), port: z.int(), name: z.string().nullable() }),
  ),
})
export type TenantManifest = z.infer<typeof TenantManifest>

export const tenantManifestPrefix = 'tenants/'

/** Among the system's own objects: it holds the wrapped key, which opens the practice's. */
export function tenantManifestName(tenantId: string): ObjectName {
  return { tenantId: systemChainId, name: `${tenantManifestPrefix}${tenantId}.json` }
}

/**
 * What is to be kept of a practice now; null for one that is being shredded. Whoever destroys the key holds
 * `lockTenantKey` alone, so that no key is written to the object store after that.
 */
export async function describeTenant(tx: Transaction, tenantId: string): Promise<TenantManifest | null> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock_shared(${tenantKeyLock(tenantId)})`)
  const [tenant] = await tx.select().from(tenants).where(eq(tenants.id, tenantId))
  if (!tenant || tenant.wrappedDataKey.length === 0) return null
  const titles = await tx
    .select({ aeTitle: aeTitles.aeTitle })
    .from(aeTitles)
    .where(eq(aeTitles.tenantId, tenantId))
    .orderBy(asc(aeTitles.aeTitle))
  const machines = await tx
    .select({ aeTitle: devices.aeTitle, host: devices.host, port: devices.port, name: devices.name })
    .from(devices)
    .where(eq(devices.tenantId, tenantId))
    .orderBy(asc(devices.aeTitle), asc(devices.host), asc(devices.port))
  return {
    tenantId,
    slug: tenant.slug,
    name: tenant.name,
    locale: tenant.locale,
    createdAt: tenant.createdAt.toISOString(),
    wrappedDataKey: Buffer.from(tenant.wrappedDataKey).toString('base64'),
    aeTitles: titles.map(({ aeTitle }) => aeTitle),
    devices: machines,
  }
}

/** Waits for those who write a practice's key to the object store, and keeps others from it until the transaction ends. */
export async function lockTenantKey(tx: Transaction, tenantId: string): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(${tenantKeyLock(tenantId)})`)
}

function tenantKeyLock(tenantId: string) {
  return sql`hashtextextended(${`key of ${tenantId}`}, 0)`
}
