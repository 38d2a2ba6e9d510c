import { ne, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { storageCounts, type ImageKind, type storedThings } from '../schema/index.ts'

/** How much of one kind a practice stores. */
export type Stored = {
  what: (typeof storedThings)[number]
  imageKind: ImageKind
  /** images that have some; for what was kept on request, pictures */
  objects: number
  bytes: number
}

/**
 * What the practice stores in the object store, largest first: from counts that are kept, never by asking the store.
 * Inside withTenant.
 */
export async function readStorage(tx: Transaction): Promise<Stored[]> {
  const { what, imageKind, objects, bytes } = storageCounts
  return tx
    .select({
      what,
      imageKind,
      objects: sql`sum(${objects})`.mapWith(Number),
      bytes: sql`sum(${bytes})`.mapWith(Number),
    })
    .from(storageCounts)
    .where(ne(what, 'orthanc-copy')) // a second copy of what is counted
    .groupBy(what, imageKind)
    .having(sql`sum(${bytes}) > 0`)
    .orderBy(sql`sum(${bytes}) DESC`, what, imageKind)
}
