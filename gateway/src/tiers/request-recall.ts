import { recordInTransaction, withTenant, type Database } from '@bitewing/db'
import { instances, recalls } from '@bitewing/db/schema'
import { and, count, inArray, max, min, notInArray } from 'drizzle-orm'
import type { Archive } from '../archive/archive.ts'
import { GatewayError } from '../errors.ts'
import type { Access } from '../gateway-env.ts'
import { ObjectArchived } from '../object-store/object-errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { nameOfOriginal } from '../originals/original-name.ts'
import { noteGivenUp } from '../study-index/archive-copies.ts'

/**
 * What a client is told when it asked for originals that lie in the archive; from here on their recall is under way:
 * noted once, on record, and asked of the store by the worker (`follow-recalls.ts`), however often they are asked for.
 *
 * What Orthanc was to have and has not (it was given up by a run that was killed before it could say so) is noted by the way.
 *
 * @param recallsMax of one practice, under way
 * @returns null where the error is another one; `too-many-requests` where it would be more than that
 */
export async function requestRecall(
  {
    db,
    archive,
    objectStore,
    recallsMax,
  }: { db: Database; archive: Pick<Archive, 'md5'>; objectStore: ObjectStore; recallsMax: number },
  { access, address }: { access?: Access | undefined; address: string },
  error: unknown,
): Promise<GatewayError | null> {
  const archived = archivedIn(error)
  if (archived === null || access === undefined) return null
  const { tenantId } = access
  const wanted = archived.objects.flatMap((object) =>
    object.tenantId === tenantId ? (nameOfOriginal(object.name) ?? []) : [],
  )
  if (wanted.length === 0) return null
  const { recallHours } = await objectStore.tiers()
  const outcome = await withTenant(db, tenantId, async (tx) => {
    const known = await tx
      .select({
        instanceId: instances.id,
        studyId: instances.studyId,
        orthancId: instances.orthancId,
        heldByArchive: instances.heldByArchive,
      })
      .from(instances)
      .where(inArray(instances.id, wanted))
    if (known.length === 0) return null
    const [begun] = await tx
      .select({ count: count(), soonest: min(recalls.readyBy) })
      .from(recalls)
      .where(notInArray(recalls.instanceId, wanted))
    if ((begun?.count ?? 0) + known.length > recallsMax)
      return { tooMany: true, readyBy: begun?.soonest ?? null }
    const fresh = await tx
      .insert(recalls)
      .values(
        known.map(({ instanceId }) => ({
          tenantId,
          instanceId,
          readyBy: new Date(Date.now() + recallHours * 3_600_000),
        })),
      )
      .onConflictDoNothing()
      .returning({ instanceId: recalls.instanceId })
    if (fresh.length > 0) {
      await recordInTransaction(tx, {
        tenantId,
        kind: 'images.recalled',
        outcome: 'success',
        actor: access.actor,
        sessionId: access.sessionId,
        address,
        studyId: known[0]?.studyId ?? null,
        detail: { instances: fresh.length },
      })
    }
    const [latest] = await tx
      .select({ readyBy: max(recalls.readyBy), begunAt: min(recalls.begunAt) })
      .from(recalls)
      .where(and(inArray(recalls.instanceId, wanted)))
    return {
      tooMany: false,
      readyBy: latest?.readyBy ?? null,
      begunAt: latest?.begunAt ?? null,
      held: known.filter((one) => one.heldByArchive),
    }
  })
  if (outcome?.tooMany) {
    return new GatewayError(
      'too-many-requests',
      'As many originals as may be are being fetched from the archive for this practice. Ask again when some are there.',
      { ...(outcome.readyBy ? { readyBy: outcome.readyBy } : {}), cause: error },
    )
  }
  for (const { orthancId } of outcome?.held ?? []) await noteGivenUp({ db, archive }, tenantId, orthancId)
  const readyBy = outcome?.readyBy ?? null
  if (readyBy === null) return null
  return new GatewayError(
    'original-archived',
    'This lies in the archive and is being fetched. Ask again then; smaller pictures of it are there at once.',
    {
      readyBy,
      ...(outcome?.begunAt ? { begunAt: outcome.begunAt } : {}),
      remaining: wanted.length,
      cause: error,
    },
  )
}

function archivedIn(error: unknown): ObjectArchived | null {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause instanceof ObjectArchived) return cause
  }
  return null
}
