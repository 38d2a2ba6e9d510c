import type { Transaction } from '@bitewing/db'
import { instances, series, studies } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import { findInstances, type HeldInstance } from './find-instance.ts'

/** An instance as retrieval needs it, by our id; undefined when it was deleted. Inside withTenant. */
export async function findInstanceById(
  tx: Transaction,
  instanceId: string,
): Promise<HeldInstance | undefined> {
  const [names] = await tx
    .select({
      study: studies.studyInstanceUid,
      series: series.seriesInstanceUid,
      instance: instances.sopInstanceUid,
    })
    .from(instances)
    .innerJoin(series, eq(series.id, instances.seriesId))
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(eq(instances.id, instanceId))
  return names ? (await findInstances(tx, names, null))[0] : undefined
}
