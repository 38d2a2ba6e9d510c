import { withTenant, type Database } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { countDistinct, eq } from 'drizzle-orm'
import type { Archive } from '../archive/archive.ts'

/**
 * Whether Orthanc holds fewer files than one practice alone relies on there, as after the loss of its disk; by numbers,
 * so that it can be asked often.
 *
 * @returns null when it does not
 * @throws {ArchiveAway}
 */
export async function lostArchiveFiles(
  { db, archive }: { db: Database; archive: Pick<Archive, 'countFiles'> },
  tenants: readonly { id: string; slug: string }[],
): Promise<{ slug: string; relied: number; held: number } | null> {
  const reliedOn: { slug: string; relied: number }[] = []
  for (const { id, slug } of tenants) {
    const [row] = await withTenant(db, id, (tx) =>
      tx
        .select({ files: countDistinct(instances.orthancId) })
        .from(instances)
        .where(eq(instances.heldByArchive, true)),
    )
    reliedOn.push({ slug, relied: row?.files ?? 0 })
  }
  // after the rows: what comes meanwhile is in Orthanc before it has one
  const held = await archive.countFiles()
  const most = reliedOn.sort((a, b) => b.relied - a.relied)[0]
  return most && most.relied > held ? { ...most, held } : null
}
