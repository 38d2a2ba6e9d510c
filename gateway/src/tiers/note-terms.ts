import { noteStorageTerms, type Database } from '@bitewing/db'
import type { ObjectStore } from '../object-store/object-store.ts'
import { readPrices } from './read-prices.ts'

/** Notes what the store can do and costs, for pages, which ask the database alone. */
export async function noteTerms(
  { db, objectStore, storageUrl }: { db: Database; objectStore: ObjectStore; storageUrl: () => string },
  pricesPath: string | undefined,
): Promise<void> {
  const [{ warm, cold, recallHours }, prices] = [
    await objectStore.tiers(),
    await readPrices(pricesPath, storageUrl()),
  ]
  await noteStorageTerms(db, { warm, cold, recallHours, prices })
}
