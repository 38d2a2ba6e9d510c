import { asSystem } from '@bitewing/db'
import { quarantinedArrivals } from '@bitewing/db/schema'
import { and, asc, eq, isNotNull, isNull } from 'drizzle-orm'
import { DicomError } from '../dicom/dicom-error.ts'
import { ingestFile } from './ingest-file.ts'
import type { IngestDependencies } from './start-ingest.ts'

const arrivalsPerRound = 200

/** Takes in the quarantined arrivals that an operator gave to a practice. Safe to repeat. */
export async function ingestAssigned(dependencies: IngestDependencies): Promise<void> {
  const { db, log } = dependencies
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
  for (const { id, orthancId, assignedTenantId, ...arrival } of waiting) {
    if (assignedTenantId === null) continue
    const end = (values: Partial<typeof quarantinedArrivals.$inferInsert>) =>
      asSystem(db, (tx) => tx.update(quarantinedArrivals).set(values).where(eq(quarantinedArrivals.id, id)))
    try {
      const outcome = await ingestFile(dependencies, { tenantId: assignedTenantId, orthancId, arrival })
      await end(outcome === 'gone' ? { failure: 'gone' } : { ingestedAt: new Date() })
    } catch (error) {
      if (!(error instanceof DicomError)) throw error
      log.warn({ code: error.code }, 'an assigned arrival is not readable')
      await end({ failure: error.code })
    }
  }
}
