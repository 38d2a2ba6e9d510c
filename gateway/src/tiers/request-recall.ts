import { recordInTransaction, withTenant, type Database } from '@bitewing/db'
import { instances, recalls } from '@bitewing/db/schema'
import { and, inArray, max } from 'drizzle-orm'
import { GatewayError } from '../errors.ts'
import type { Access } from '../gateway-env.ts'
import { ObjectArchived } from '../object-store/object-errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { nameOfOriginal } from '../originals/original-name.ts'

/**
 * What a client is told when it asked for originals that lie in the archive; from here on their recall is under way:
 * noted once, on record, and asked of the store by the worker (`follow-recalls.ts`), however often they are asked for.
 *
 * @returns null where the error is another one
 */
export async function requestRecall(
  { db, objectStore }: { db: Database; objectStore: ObjectStore },
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
  const readyBy = await withTenant(db, tenantId, async (tx) => {
    const known = await tx
      .select({ instanceId: instances.id, studyId: instances.studyId })
      .from(instances)
      .where(inArray(instances.id, wanted))
    if (known.length === 0) return null
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
      .select({ readyBy: max(recalls.readyBy) })
      .from(recalls)
      .where(and(inArray(recalls.instanceId, wanted)))
    return latest?.readyBy ?? null
  })
  if (readyBy === null) return null
  return new GatewayError(
    'original-archived',
    'This lies in the archive and is being fetched. Ask again then; smaller pictures of it are there at once.',
    { readyBy, cause: error },
  )
}

function archivedIn(error: unknown): ObjectArchived | null {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause instanceof ObjectArchived) return cause
  }
  return null
}
