import { eq } from 'drizzle-orm'
import type { Database, Transaction } from '../database.ts'
import { storageTerms } from '../schema/index.ts'
import { asSystem } from '../tenancy/as-system.ts'
import type { StoragePrices } from './storage-prices.ts'
import type { StoreTiers } from './tier-rules.ts'

export type StorageTerms = StoreTiers & { recallHours: number; prices: StoragePrices }

const name = 'store'

/** What the object store can do and costs, as last noted; null before the first worker has come so far. */
export async function readStorageTerms(tx: Transaction): Promise<StorageTerms | null> {
  const { warm, cold, recallHours, prices } = storageTerms
  const [row] = await tx
    .select({ warm, cold, recallHours, prices })
    .from(storageTerms)
    .where(eq(storageTerms.name, name))
  return row ?? null
}

export async function noteStorageTerms(db: Database, terms: StorageTerms): Promise<void> {
  const { warm, cold, recallHours, prices } = terms
  const values = { warm, cold, recallHours, prices, readAt: new Date() }
  await asSystem(db, (tx) =>
    tx
      .insert(storageTerms)
      .values({ name, ...values })
      .onConflictDoUpdate({ target: storageTerms.name, set: values }),
  )
}
