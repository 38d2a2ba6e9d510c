import { asSystem, showDeleted, withTenant, type Database, type Transaction } from '@bitewing/db'
import {
  aeTitles,
  apiTokens,
  auditChains,
  devices,
  instances,
  memberships,
  quarantinedArrivals,
  sessions,
  shreddedTenants,
  shares,
  shareSessions,
  tenants,
} from '@bitewing/db/schema'
import { asc, eq, sql } from 'drizzle-orm'
import type { Archive } from '../archive/archive.ts'
import { lockTenantKey, tenantManifestName } from '../manifest/tenant-manifest.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { severalAtOnce } from '../recovery/several-at-once.ts'
import { removeUnlessReliedOn } from '../study-index/archive-copies.ts'

type Ports = { db: Database; archive: Archive; objectStore: ObjectStore }

export type Shredded = {
  instances: number
  bytes: number // of the originals
  objects: number // removed by this run
  /** its audit trail, which stays in Postgres; null without one */
  trail: { lastPosition: number; lastHash: string } | null
}

const batchSize = 200
const atOnce = 8
/** Requests that were under way may still write a row or an object. */
const roundsMax = 20

/**
 * Destroys a practice: first its data key and every way in, by one transaction, so that from its commit on nothing
 * stored can be opened; then Orthanc's copies that no other practice relies on, all objects, and all rows. Safe to
 * repeat, and to break off anywhere: run it again.
 *
 * @param ports.db connected as the owner
 * @throws {ArchiveAway | ObjectStoreAway} to be run again; the key is gone by then
 */
export async function shredTenant(
  ports: Ports,
  tenant: { id: string; slug: string },
  onProgress: (line: string) => void,
): Promise<Shredded> {
  const { db, objectStore } = ports
  const shredded = await destroyKey(db, tenant)
  onProgress('The key is destroyed. What is left is removed now.')
  let objects = 0
  for (let round = 1; ; round += 1) {
    await leaveArchive(ports, tenant.id, (count) => onProgress(`${count} images left the archive`))
    await severalAtOnce(objectStore.list(tenant.id, ''), atOnce, async (name) => {
      await objectStore.delete({ tenantId: tenant.id, name })
      objects++
      if (objects % 1000 === 0) onProgress(`${objects} objects removed`)
    })
    await objectStore.delete(tenantManifestName(tenant.id))
    if (await removeRows(db, tenant.id)) break
    if (round === roundsMax) throw new Error('Something still writes for this practice: run it again.')
  }
  await asSystem(db, (tx) =>
    tx.update(shreddedTenants).set({ shreddedAt: new Date() }).where(eq(shreddedTenants.id, tenant.id)),
  )
  return { ...shredded, objects }
}

/** From the commit on nothing opens the practice's objects, and nobody comes in. */
function destroyKey(
  db: Database,
  { id, slug }: { id: string; slug: string },
): Promise<Omit<Shredded, 'objects'>> {
  return withTenant(db, id, async (tx) => {
    await lockTenantKey(tx, id)
    await showDeleted(tx)
    const [begun] = await tx.select().from(shreddedTenants).where(eq(shreddedTenants.id, id))
    if (!begun) {
      const [counted] = await tx
        .select({
          instances: sql<number>`count(*)::int`,
          bytes: sql<string>`coalesce(sum(${instances.fileBytes}), 0)`,
        })
        .from(instances)
      const [chain] = await tx.select().from(auditChains).where(eq(auditChains.chainId, id))
      await tx.insert(shreddedTenants).values({
        id,
        slug,
        instanceCount: counted?.instances ?? 0,
        bytes: Number(counted?.bytes ?? 0),
        lastPosition: chain?.lastPosition ?? null,
        lastHash: chain?.lastHash ?? null,
      })
    }
    await tx
      .update(tenants)
      .set({ wrappedDataKey: Buffer.alloc(0) })
      .where(eq(tenants.id, id))
    await tx.delete(apiTokens).where(eq(apiTokens.tenantId, id))
    await tx.delete(shareSessions).where(eq(shareSessions.tenantId, id))
    await tx
      .update(shares)
      .set({ revokedAt: sql`coalesce(${shares.revokedAt}, now())` })
      .where(eq(shares.tenantId, id))
    await tx.delete(memberships).where(eq(memberships.tenantId, id))
    await tx.delete(devices).where(eq(devices.tenantId, id))
    await tx.delete(aeTitles).where(eq(aeTitles.tenantId, id))
    await tx.update(sessions).set({ activeTenantId: null }).where(eq(sessions.activeTenantId, id))
    await tx
      .update(quarantinedArrivals)
      .set({ assignedTenantId: null, assignedAt: null })
      .where(eq(quarantinedArrivals.assignedTenantId, id))
    const [row] = await tx.select().from(shreddedTenants).where(eq(shreddedTenants.id, id))
    if (!row) throw new Error('the shredding was not noted')
    return {
      instances: row.instanceCount,
      bytes: row.bytes,
      trail:
        row.lastPosition === null || row.lastHash === null
          ? null
          : { lastPosition: row.lastPosition, lastHash: Buffer.from(row.lastHash).toString('hex') },
    }
  })
}

/** Removes Orthanc's copies; one that another practice relies on stays, for that practice. */
async function leaveArchive(
  { db, archive }: Ports,
  tenantId: string,
  onProgress: (count: number) => void,
): Promise<void> {
  for (let count = 0; ;) {
    const batch = await withTenant(db, tenantId, async (tx) => {
      await showDeleted(tx)
      return tx
        .select({ id: instances.id, orthancId: instances.orthancId })
        .from(instances)
        .where(eq(instances.heldByArchive, true))
        .orderBy(asc(instances.id))
        .limit(batchSize)
    })
    if (batch.length === 0) return
    await severalAtOnce(batch, 4, async ({ id, orthancId }) => {
      // by one transaction: what is broken off is found again
      await removeUnlessReliedOn({ db, archive }, tenantId, orthancId, async (tx) => {
        await showDeleted(tx)
        await tx.update(instances).set({ heldByArchive: false }).where(eq(instances.id, id))
      })
    })
    count += batch.length
    onProgress(count)
  }
}

/** @returns whether the practice is gone: false when something was written for it meanwhile */
async function removeRows(db: Database, tenantId: string): Promise<boolean> {
  try {
    await withTenant(db, tenantId, async (tx) => {
      await showDeleted(tx)
      const tables = await tablesOfTenants(tx)
      // twice: removing images counts them out of the storage
      for (const table of [...tables, ...tables]) {
        await tx.execute(sql`DELETE FROM ${sql.identifier(table)} WHERE tenant_id = ${tenantId}::uuid`)
      }
      await tx.delete(tenants).where(eq(tenants.id, tenantId))
    })
    return true
  } catch (error) {
    // SQLSTATE 23503, foreign key violation
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      if ('code' in cause && cause.code === '23503') return false
    }
    throw error
  }
}

/** Every table with rows of practices, so that one that refers to another comes before it. */
async function tablesOfTenants(tx: Transaction): Promise<string[]> {
  const { rows: tables } = await tx.execute<{ name: string }>(sql`
    SELECT c.relname AS name FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY c.relname`)
  const { rows: references } = await tx.execute<{ child: string; parent: string }>(sql`
    SELECT child.relname AS child, parent.relname AS parent FROM pg_constraint k
    JOIN pg_class child ON child.oid = k.conrelid JOIN pg_class parent ON parent.oid = k.confrelid
    WHERE k.contype = 'f' AND child.oid <> parent.oid`)
  const left = new Set(tables.map(({ name }) => name))
  const ordered: string[] = []
  while (left.size > 0) {
    const free = [...left].filter(
      (name) => !references.some(({ child, parent }) => parent === name && left.has(child)),
    )
    if (free.length === 0) throw new Error('tables of practices refer to each other in a circle')
    for (const name of free) left.delete(name)
    ordered.push(...free)
  }
  return ordered
}
