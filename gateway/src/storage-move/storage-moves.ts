import { asSystem, type Database } from '@bitewing/db'
import { storageMoves } from '@bitewing/db/schema'
import { asc } from 'drizzle-orm'

export type StorageMove = typeof storageMoves.$inferSelect

/**
 * Where the objects are.
 *
 * @param configured `STORAGE_URL`
 * @returns `url`: the store that counts when no move is under way, which is where an ended move went, whatever the
 *   configuration still says; `move`: the one under way
 */
export async function readPlace(
  db: Database,
  configured: string,
): Promise<{ url: string; move: StorageMove | null }> {
  const moves = await asSystem(db, (tx) =>
    tx.select().from(storageMoves).orderBy(asc(storageMoves.startedAt)),
  )
  let url = configured
  for (const { state, fromUrl, toUrl } of moves) if (state === 'done' && fromUrl === url) url = toUrl
  const move = moves.find(({ endedAt }) => endedAt === null) ?? null
  return { url, move }
}
