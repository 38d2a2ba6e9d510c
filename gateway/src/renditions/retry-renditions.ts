import { asSystem, enqueue, enqueueAll, withTenant, type Database } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { and, eq, inArray, isNull, lt, or, sql } from 'drizzle-orm'
import type { PgBoss } from 'pg-boss'
import { renditionVersion } from './rendition.ts'

/** Images of one transaction. */
const batchMax = 200

/**
 * Queues every image again whose renditions failed under an earlier version of this code: what crashed or was not
 * supported then may be shown now. One that failed under this version stays as it is. Digital models that nobody has
 * drawn yet are queued as well.
 *
 * @returns how many were queued
 */
export async function retryRenditions({ db, jobs }: { db: Database; jobs: PgBoss }): Promise<number> {
  const { rows: practices } = await asSystem(db, (tx) =>
    tx.execute<{ id: string }>(sql`SELECT id FROM door_tenants()`),
  )
  let queued = 0
  for (const { id: tenantId } of practices) {
    for (;;) {
      const again = await withTenant(db, tenantId, async (tx) => {
        const failed = await tx
          .select({ id: instances.id })
          .from(instances)
          .where(
            and(
              eq(instances.renditionState, 'failed'),
              or(isNull(instances.renditionVersion), lt(instances.renditionVersion, renditionVersion)),
            ),
          )
          .limit(batchMax)
          // another worker that starts at the same moment has the others
          .for('update', { skipLocked: true })
        const ids = failed.map(({ id }) => id)
        if (ids.length === 0) return 0
        await tx
          .update(instances)
          .set({ renditionState: 'pending', renditionReason: null, renditionVersion })
          .where(inArray(instances.id, ids))
        for (const instanceId of ids) await enqueue(jobs, tx, 'make-renditions', { tenantId, instanceId })
        return ids.length
      })
      queued += again
      if (again < batchMax) break
    }
    queued += await drawModels({ db, jobs }, tenantId)
  }
  return queued
}

/** Digital models that came before this code drew them. @returns how many were queued */
async function drawModels({ db, jobs }: { db: Database; jobs: PgBoss }, tenantId: string): Promise<number> {
  let queued = 0
  for (;;) {
    const again = await withTenant(db, tenantId, async (tx) => {
      const models = await tx
        .select({ id: instances.id })
        .from(instances)
        .where(
          and(
            eq(instances.imageKind, 'model'),
            eq(instances.renditionState, 'none'),
            isNull(instances.renditionVersion),
          ),
        )
        .limit(batchMax)
        .for('update', { skipLocked: true })
      const ids = models.map(({ id }) => id)
      if (ids.length === 0) return 0
      // no version of this code has drawn them, and none has to look for them again
      await tx.update(instances).set({ renditionVersion: 0 }).where(inArray(instances.id, ids))
      await enqueueAll(
        jobs,
        tx,
        'make-renditions',
        ids.map((instanceId) => ({ tenantId, instanceId })),
      )
      return ids.length
    })
    queued += again
    if (again < batchMax) return queued
  }
}
