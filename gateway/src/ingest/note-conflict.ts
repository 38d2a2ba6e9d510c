import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { recordInTransaction, withTenant, type Transaction } from '@bitewing/db'
import { instanceConflicts, studies } from '@bitewing/db/schema'
import { and, eq } from 'drizzle-orm'
import type { ArrivalOrigin } from './practice-of.ts'
import type { IngestDependencies } from './start-ingest.ts'

/**
 * Keeps other content that came under a SOP Instance UID the practice has, until staff decide. The same content a
 * second time changes nothing.
 */
export async function noteConflict(
  { db, objectStore }: IngestDependencies,
  {
    tenantId,
    file,
    dataSetDigest,
    arrival,
    held,
  }: {
    tenantId: string
    file: { path: string; bytes: number }
    dataSetDigest: string /* hex */
    arrival: Pick<ArrivalOrigin, 'callingAeTitle' | 'remoteAddress'>
    held: { instanceId: string; studyId: string }
  },
): Promise<void> {
  const digest = Buffer.from(dataSetDigest, 'hex')
  const noted = (tx: Transaction) =>
    tx
      .select({ id: instanceConflicts.id })
      .from(instanceConflicts)
      .where(
        and(
          eq(instanceConflicts.tenantId, tenantId),
          eq(instanceConflicts.instanceId, held.instanceId),
          eq(instanceConflicts.dataSetDigest, digest),
        ),
      )
  if ((await withTenant(db, tenantId, noted)).length > 0) return

  // The bytes first: a row without them would be a promise that cannot be kept.
  const conflictId = randomUUID()
  const object = { tenantId, name: `conflicts/${conflictId}` }
  await objectStore.put(object, createReadStream(file.path, { highWaterMark: 256 * 1024 }))
  const isNew = await withTenant(db, tenantId, async (tx) => {
    const rows = await tx
      .insert(instanceConflicts)
      .values({
        id: conflictId,
        tenantId,
        instanceId: held.instanceId,
        dataSetDigest: digest,
        fileBytes: file.bytes,
        callingAeTitle: arrival.callingAeTitle,
      })
      .onConflictDoNothing()
      .returning({ id: instanceConflicts.id })
    if (rows.length === 0) return false
    const [study] = await tx
      .select({ patientId: studies.patientId })
      .from(studies)
      .where(eq(studies.id, held.studyId))
    await recordInTransaction(tx, {
      tenantId,
      kind: 'image.conflict',
      outcome: 'failure',
      actor: { kind: 'device', id: arrival.callingAeTitle },
      address: arrival.remoteAddress,
      patientId: study?.patientId ?? null,
      studyId: held.studyId,
      detail: { conflictId, instanceId: held.instanceId },
    })
    return true
  })
  if (!isNew) await objectStore.delete(object)
}
