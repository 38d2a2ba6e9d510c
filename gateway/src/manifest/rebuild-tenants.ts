import type { KeyObject } from 'node:crypto'
import { withTenant, type Database } from '@bitewing/db'
import { aeTitles, devices, shreddedTenants, tenants } from '@bitewing/db/schema'
import { systemChainId } from '@bitewing/db'
import { eq } from 'drizzle-orm'
import type { ObjectStore } from '../object-store/object-store.ts'
import { readManifest } from './signed-manifest.ts'
import { readObject } from './small-object.ts'
import { TenantManifest, tenantManifestPrefix } from './tenant-manifest.ts'

export type RebuiltTenants = {
  restored: string[] // slugs
  failed: { tenantId: string; reason: string }[]
}

/**
 * Makes the practices again that the object store knows and Postgres does not: with their keys, AE titles and devices.
 * Practices that are there stay as they are, and shredded ones stay away.
 *
 * @param db connected as the owner
 */
export async function rebuildTenants({
  db,
  objectStore,
  publicKey,
}: {
  db: Database
  objectStore: ObjectStore
  publicKey: KeyObject
}): Promise<RebuiltTenants> {
  const rebuilt: RebuiltTenants = { restored: [], failed: [] }
  for await (const name of objectStore.list(systemChainId, tenantManifestPrefix)) {
    try {
      const text = await readObject(objectStore, { tenantId: systemChainId, name })
      if (text === null) continue
      const tenant = TenantManifest.parse(readManifest(name, text, publicKey))
      if (await restore(db, tenant)) rebuilt.restored.push(tenant.slug)
    } catch (error) {
      const tenantId = name.slice(tenantManifestPrefix.length, -'.json'.length)
      rebuilt.failed.push({ tenantId, reason: reasonOf(error) })
    }
  }
  return rebuilt
}

function restore(db: Database, tenant: TenantManifest): Promise<boolean> {
  const { tenantId } = tenant
  return withTenant(db, tenantId, async (tx) => {
    const [known] = await tx.select({ id: tenants.id }).from(tenants).where(eq(tenants.id, tenantId))
    const [shredded] = await tx
      .select({ id: shreddedTenants.id })
      .from(shreddedTenants)
      .where(eq(shreddedTenants.id, tenantId))
    if (known || shredded) return false
    await tx.insert(tenants).values({
      id: tenantId,
      slug: tenant.slug,
      name: tenant.name,
      locale: tenant.locale,
      wrappedDataKey: Buffer.from(tenant.wrappedDataKey, 'base64'),
      createdAt: new Date(tenant.createdAt),
    })
    if (tenant.aeTitles.length > 0) {
      await tx.insert(aeTitles).values(tenant.aeTitles.map((aeTitle) => ({ tenantId, aeTitle })))
    }
    if (tenant.devices.length > 0) {
      await tx.insert(devices).values(tenant.devices.map((device) => ({ tenantId, ...device })))
    }
    return true
  })
}

/** SQLSTATE 23505, unique violation: its message would repeat the statement. */
function reasonOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && cause.code === '23505')
      return 'its slug or an AE title belongs to another practice'
  }
  return error instanceof Error ? error.name : 'unknown'
}
