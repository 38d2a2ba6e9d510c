import { asSystem, withTenant, type Database } from '@bitewing/db'
import { instances, recalls, studies } from '@bitewing/db/schema'
import { eq, sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import type { ObjectStore } from '../object-store/object-store.ts'
import { originalName } from '../originals/original-name.ts'
import { severalAtOnce } from '../recovery/several-at-once.ts'

/** How long what was recalled stays at hand, in days. */
const recallDays = 7

const recallsPerRound = 5_000
const atOnce = 8
/** A recall takes hours: the longer it does, the more seldom the store is asked. */
const pauseShare = 0.05
const pauseMsMax = 10 * 60_000

type Ports = { db: Database; objectStore: ObjectStore; log: Pick<Logger, 'warn'> }

/**
 * Asks the store for what somebody wants out of the archive, and notes what has come back: from then on reads give it,
 * for a week, and open pages hear of its study. Safe to repeat and to break off; returns a round to run now and then.
 *
 * @returns of a round: how many came back
 */
export function createRecallRounds({ db, objectStore, log }: Ports): () => Promise<number> {
  const askedAt = new Map<string, { first: number; last: number }>()

  return async () => {
    const underWay = await asSystem(db, async (tx) => {
      const { rows } = await tx.execute<{ tenant_id: string; instance_id: string }>(
        sql`SELECT tenant_id, instance_id FROM door_recalls(${recallsPerRound})`,
      )
      return rows
    })
    const now = performance.now()
    const left = new Set(underWay.map((row) => row.instance_id))
    for (const instanceId of askedAt.keys()) if (!left.has(instanceId)) askedAt.delete(instanceId)
    let back = 0
    await severalAtOnce(underWay, atOnce, async ({ tenant_id: tenantId, instance_id: instanceId }) => {
      const asked = askedAt.get(instanceId)
      if (asked && now - asked.last < Math.min(pauseMsMax, (asked.last - asked.first) * pauseShare)) return
      askedAt.set(instanceId, { first: asked?.first ?? now, last: now })
      try {
        const outcome = await objectStore.recall({ tenantId, name: originalName(instanceId) }, recallDays)
        if (outcome === 'under-way') return
        await noteBack(db, tenantId, instanceId, outcome === 'at-hand')
        back += 1
      } catch (error) {
        log.warn({ err: error, instanceId }, 'an original could not be recalled yet')
      }
    })
    return back
  }
}

/** Deleted meanwhile or lost, it is not waited for any more. */
async function noteBack(db: Database, tenantId: string, instanceId: string, isThere: boolean): Promise<void> {
  await withTenant(db, tenantId, async (tx) => {
    await tx.delete(recalls).where(eq(recalls.instanceId, instanceId))
    if (!isThere) return
    const [row] = await tx
      .update(instances)
      .set({ recalledUntil: sql`now() + make_interval(days => ${recallDays})` })
      .where(eq(instances.id, instanceId))
      .returning({ studyId: instances.studyId })
    const [study] = await tx
      .select({ studyInstanceUid: studies.studyInstanceUid, patientId: studies.patientId })
      .from(studies)
      .where(eq(studies.id, row?.studyId ?? instanceId))
    if (!study) return
    await tx.execute(sql`SELECT pg_notify('bitewing_studies', ${JSON.stringify({ tenantId, ...study })})`)
  })
}
