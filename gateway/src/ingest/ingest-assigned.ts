import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { asSystem } from '@bitewing/db'
import { quarantinedArrivals } from '@bitewing/db/schema'
import { and, asc, eq, isNotNull, isNull } from 'drizzle-orm'
import { DicomError } from '../dicom/dicom-error.ts'
import { spoolFile, type SpooledFile } from '../originals/spool-file.ts'
import { DeletedArrival } from './deleted-arrival.ts'
import { ingestFile } from './ingest-file.ts'
import { hashFile, nullWhenAbsent, quarantinedPath } from './spool-entry.ts'
import type { IngestDependencies } from './start-ingest.ts'
import { worthRepeating } from './worth-repeating.ts'

const arrivalsPerRound = 200

type Quarantined = typeof quarantinedArrivals.$inferSelect

/** Takes in the quarantined arrivals that an operator gave to a practice. Safe to repeat. */
export async function ingestAssigned(dependencies: IngestDependencies): Promise<void> {
  const { db, log, spoolDir } = dependencies
  const waiting = await asSystem(db, (tx) =>
    tx
      .select()
      .from(quarantinedArrivals)
      .where(
        and(
          isNotNull(quarantinedArrivals.assignedTenantId),
          isNull(quarantinedArrivals.ingestedAt),
          isNull(quarantinedArrivals.failure),
        ),
      )
      .orderBy(asc(quarantinedArrivals.arrivedAt))
      .limit(arrivalsPerRound),
  )
  for (const arrival of waiting) {
    const end = (values: Partial<typeof quarantinedArrivals.$inferInsert>) =>
      asSystem(db, (tx) =>
        tx.update(quarantinedArrivals).set(values).where(eq(quarantinedArrivals.id, arrival.id)),
      )
    try {
      if (!(await ingestOne(dependencies, arrival))) {
        await end({ failure: 'gone' })
        continue
      }
      await end({ ingestedAt: new Date() })
      if (arrival.spoolName === '') continue
      for (const extension of ['json', 'dcm']) {
        await rm(quarantinedPath(spoolDir, arrival.spoolName, extension), { force: true })
      }
    } catch (error) {
      if (error instanceof DeletedArrival) {
        // still deleted: back to those that wait
        await end({ assignedTenantId: null, assignedAt: null, reason: 'deleted' })
        continue
      }
      if (!(error instanceof DicomError) && worthRepeating(error)) throw error
      log.error({ err: error }, 'an assigned arrival could not be filed')
      await end({ failure: error instanceof DicomError ? error.code : 'unexpected' })
    }
  }
}

/** @returns false when its bytes are not there any more */
async function ingestOne(dependencies: IngestDependencies, quarantined: Quarantined): Promise<boolean> {
  const { orthancId, assignedTenantId: tenantId, ...arrival } = quarantined
  if (tenantId === null) return false
  if (arrival.spoolName !== '') {
    const path = quarantinedPath(dependencies.spoolDir, arrival.spoolName)
    const file = await hashFile(path).catch(nullWhenAbsent)
    if (!file || file.md5 !== arrival.fileMd5) return false
    await ingestFile(dependencies, { tenantId, file, inArchive: null, arrival })
    return true
  }
  const received = await dependencies.archive.read(orthancId)
  if (!received) return false
  await using file: SpooledFile = await spoolFile(received.stream, join(dependencies.spoolDir, 'ingest'))
  if (file.md5 !== arrival.fileMd5) return false // it was deleted, and others sent the same identifiers
  await ingestFile(dependencies, { tenantId, file, inArchive: orthancId, arrival })
  return true
}
