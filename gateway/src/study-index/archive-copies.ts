import { showDeleted, withTenant, type Database, type Transaction } from '@bitewing/db'
import { deletions, instances } from '@bitewing/db/schema'
import { and, eq, isNotNull, ne, notExists, sql } from 'drizzle-orm'
import type { Archive } from '../archive/archive.ts'
import { ArchiveAway } from '../archive/archive-errors.ts'

/*
 * Orthanc knows no practices and no transactions: what one request takes back, another may be about to rely on, in
 * another process and for another practice. Whoever removes a copy and whoever commits a row whose only bytes it is
 * hold one lock, so that one of them sees what the other did. It is taken after the locks of `registerInstances`.
 */

/**
 * Makes sure that copies are there and stay until the rows that rely on them are committed.
 *
 * @throws {ArchiveAway} one was taken back meanwhile: the file has to come again
 */
export async function holdArchiveCopies(
  tx: Transaction,
  archive: Pick<Archive, 'md5'>,
  copies: readonly { orthancId: string; md5: string /* hex */ }[],
): Promise<void> {
  if (copies.length === 0) return
  // in one order for everybody, so that no two wait for each other
  await lock(tx, ...copies.map(({ orthancId }) => orthancId).sort())
  const held = await Promise.all(copies.map(({ orthancId }) => archive.md5(orthancId)))
  if (copies.some(({ md5 }, index) => held[index] !== md5)) {
    throw new ArchiveAway('a copy in the archive was taken back')
  }
}

/**
 * Removes Orthanc's copy where no instance of any practice relies on it. Where that cannot be asked it stays: a file
 * without a row is litter, a row without its file a lost image.
 *
 * @param leave what this practice gives up itself, by the same transaction
 * @throws {DatabaseAway | ArchiveAway} it may still be there
 */
export function removeUnlessReliedOn(
  { db, archive }: { db: Database; archive: Pick<Archive, 'remove'> },
  tenantId: string,
  orthancId: string,
  leave: (tx: Transaction) => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  return withTenant(db, tenantId, async (tx) => {
    await lock(tx, orthancId)
    await leave(tx)
    const {
      rows: [row],
    } = await tx.execute<{ references: string }>(
      sql`SELECT door_orthanc_references(${orthancId}) AS references`,
    )
    if (Number(row?.references ?? 0) === 0) await archive.remove(orthancId)
  })
}

/**
 * Notes that Orthanc has again what it had given up: the same file was sent once more. It is given up again in its time.
 * @throws {DatabaseAway | ArchiveAway}
 */
export function noteArchiveCopy(
  { db, archive }: { db: Database; archive: Pick<Archive, 'md5'> },
  tenantId: string,
  orthancId: string,
): Promise<void> {
  return withTenant(db, tenantId, async (tx) => {
    await lock(tx, orthancId)
    const md5 = await archive.md5(orthancId)
    if (md5 === null) return
    await tx
      .update(instances)
      .set({ heldByArchive: true })
      .where(
        and(
          eq(instances.orthancId, orthancId),
          eq(instances.fileMd5, md5),
          eq(instances.heldByArchive, false),
        ),
      )
  })
}

/**
 * Notes where Orthanc has an instance that it was given later than the row was made, if it holds these bytes.
 *
 * @param filled.md5 hex
 * @returns whether there is such an instance that is not being purged
 * @throws {DatabaseAway | ArchiveAway}
 */
export function noteFilled(
  { db, archive }: { db: Database; archive: Pick<Archive, 'md5'> },
  tenantId: string,
  { instanceId, orthancId, md5 }: { instanceId: string; orthancId: string; md5: string },
): Promise<boolean> {
  return withTenant(db, tenantId, async (tx) => {
    await showDeleted(tx)
    await lock(tx, orthancId)
    const held = (await archive.md5(orthancId)) === md5
    const rows = await tx
      .update(instances)
      .set({ orthancId, fileMd5: md5, heldByArchive: held })
      .where(and(eq(instances.id, instanceId), notBeingPurged(tx)))
      .returning({ id: instances.id })
    return rows.length > 0
  })
}

/**
 * Notes that Orthanc has not what the row says it has: whoever removed it was killed before the row was committed.
 * @throws {DatabaseAway | ArchiveAway}
 */
export function noteGivenUp(
  { db, archive }: { db: Database; archive: Pick<Archive, 'md5'> },
  tenantId: string,
  orthancId: string,
): Promise<void> {
  return withTenant(db, tenantId, async (tx) => {
    await lock(tx, orthancId)
    const md5 = await archive.md5(orthancId)
    const lost = and(eq(instances.orthancId, orthancId), eq(instances.originalState, 'secured'))
    await tx
      .update(instances)
      .set({ heldByArchive: false })
      .where(md5 === null ? lost : and(lost, ne(instances.fileMd5, md5)))
  })
}

function lock(tx: Transaction, ...orthancIds: string[]) {
  return tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended('orthanc ' || id, 0))
    FROM unnest(string_to_array(${orthancIds.join(' ')}, ' ')) AS id`)
}

/** A purge says that it has begun before it removes the bytes: from then on they are not to be relied on. */
export function notBeingPurged(tx: Transaction) {
  return notExists(
    tx
      .select({ id: deletions.id })
      .from(deletions)
      .where(and(eq(deletions.id, instances.deletionId), isNotNull(deletions.purgeBegunAt))),
  )
}
