import { sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { storageCounts, type StorageTier } from '../schema/index.ts'

type Sum = { objects: number; bytes: number }

/** How much a practice stores, by where it lies. */
export type StorageUsage = {
  originals: Record<StorageTier, Sum>
  /** those every image has and those kept on request; always hot */
  renditions: Sum
  /** of originals, on Orthanc's disk */
  orthancCopies: Sum
}

/** From counts that are kept, never by asking the store. Inside withTenant. */
export async function readStorageUsage(tx: Transaction): Promise<StorageUsage> {
  const { what, tier, objects, bytes } = storageCounts
  const rows = await tx
    .select({
      what,
      tier,
      objects: sql`sum(${objects})`.mapWith(Number),
      bytes: sql`sum(${bytes})`.mapWith(Number),
    })
    .from(storageCounts)
    .where(sql`${storageCounts.tenantId} = current_tenant_id()`) // the operator's commands ask as the owner, who sees all
    .groupBy(what, tier)
  const of = (wanted: (row: (typeof rows)[number]) => boolean): Sum =>
    rows
      .filter(wanted)
      .reduce((sum, row) => ({ objects: sum.objects + row.objects, bytes: sum.bytes + row.bytes }), {
        objects: 0,
        bytes: 0,
      })
  const originals = (at: StorageTier) => of((row) => row.what === 'original' && row.tier === at)
  return {
    originals: { hot: originals('hot'), warm: originals('warm'), cold: originals('cold') },
    renditions: of((row) => row.what === 'rendition' || row.what === 'kept-rendition'),
    orthancCopies: of((row) => row.what === 'orthanc-copy'),
  }
}
