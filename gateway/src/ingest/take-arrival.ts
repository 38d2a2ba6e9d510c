import { asSystem, withTenant } from '@bitewing/db'
import { devices, instances, quarantinedArrivals } from '@bitewing/db/schema'
import { and, eq, sql } from 'drizzle-orm'
import { DicomError } from '../dicom/dicom-error.ts'
import { ingestFile } from './ingest-file.ts'
import type { IngestDependencies } from './start-ingest.ts'

/** How a C-STORE came in. */
export type ArrivalOrigin = { calledAeTitle: string; callingAeTitle: string; remoteAddress: string }

type Quarantine = (typeof quarantinedArrivals.$inferSelect)['reason']

/**
 * Takes over one instance that Orthanc received: files it with the practice its called AE title names, or puts it
 * into quarantine. What came through our own upload is left alone. Safe to repeat.
 */
export async function takeArrival(dependencies: IngestDependencies, orthancId: string): Promise<void> {
  const { archive, log } = dependencies
  const origin = await archive.instanceOrigin(orthancId)
  if (!origin || origin.origin !== 'DicomProtocol') return

  const arrival: ArrivalOrigin = {
    calledAeTitle: origin.calledAeTitle,
    callingAeTitle: origin.remoteAeTitle,
    remoteAddress: origin.remoteAddress,
  }
  const tenantId = await tenantOf(dependencies, arrival.calledAeTitle)
  if (tenantId === null) return quarantine(dependencies, orthancId, arrival, 'unknown-ae-title')
  if (!(await isKnownDevice(dependencies, tenantId, arrival.callingAeTitle))) {
    return quarantine(dependencies, orthancId, arrival, 'unknown-device')
  }
  if (await isFiled(dependencies, tenantId, orthancId)) return

  try {
    await ingestFile(dependencies, { tenantId, orthancId, arrival })
  } catch (error) {
    if (!(error instanceof DicomError)) throw error
    log.warn({ code: error.code }, 'an arrival is not readable')
    await quarantine(dependencies, orthancId, arrival, 'unreadable')
  }
}

/** The practice of a called AE title; null when none has it. */
async function tenantOf({ db }: IngestDependencies, calledAeTitle: string): Promise<string | null> {
  const [row] = await db.execute<{ tenant_id: string }>(
    sql`SELECT tenant_id FROM door_tenant_of_ae_title(${calledAeTitle})`,
  )
  return row?.tenant_id ?? null
}

/** A practice that has registered devices takes images from these alone. */
async function isKnownDevice(
  { db }: IngestDependencies,
  tenantId: string,
  callingAeTitle: string,
): Promise<boolean> {
  const registered = await withTenant(db, tenantId, (tx) =>
    tx.select({ aeTitle: devices.aeTitle }).from(devices),
  )
  return registered.length === 0 || registered.some(({ aeTitle }) => aeTitle === callingAeTitle)
}

/** Spares fetching and parsing the file again when a page of the feed is read anew. */
async function isFiled({ db }: IngestDependencies, tenantId: string, orthancId: string): Promise<boolean> {
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ id: instances.id })
      .from(instances)
      .where(
        and(
          eq(instances.tenantId, tenantId),
          eq(instances.orthancId, orthancId),
          eq(instances.heldByArchive, true),
        ),
      )
      .limit(1),
  )
  return rows.length > 0
}

async function quarantine(
  { db, archive }: IngestDependencies,
  orthancId: string,
  { calledAeTitle, callingAeTitle, remoteAddress }: ArrivalOrigin,
  reason: Quarantine,
): Promise<void> {
  const file = await archive.read(orthancId)
  if (!file) return
  file.stream.destroy()
  const fileMd5 = (await archive.md5(orthancId)) ?? ''
  await asSystem(db, (tx) =>
    tx
      .insert(quarantinedArrivals)
      .values({ orthancId, fileMd5, calledAeTitle, callingAeTitle, remoteAddress, reason, bytes: file.bytes })
      .onConflictDoNothing(),
  )
}
