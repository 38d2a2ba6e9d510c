import { join } from 'node:path'
import { asSystem, askInTenant } from '@bitewing/db'
import { quarantinedArrivals } from '@bitewing/db/schema'
import { and, eq, ne } from 'drizzle-orm'
import { DicomError } from '../dicom/dicom-error.ts'
import { spoolFile } from '../originals/spool-file.ts'
import { noteArchiveCopy } from '../study-index/archive-copies.ts'
import { DeletedArrival } from './deleted-arrival.ts'
import { ingestFile } from './ingest-file.ts'
import { practiceOf, type ArrivalOrigin, type QuarantineReason } from './practice-of.ts'
import type { IngestDependencies } from './start-ingest.ts'
import { worthRepeating } from './worth-repeating.ts'

/**
 * Takes over one instance that Orthanc received: files it with the practice its called AE title names, or puts it
 * into quarantine. What came through our own upload is left alone. Safe to repeat.
 *
 * @throws when something is away; the arrival waits in the feed then
 */
export async function takeArrival(dependencies: IngestDependencies, orthancId: string): Promise<void> {
  const { archive, log } = dependencies
  const origin = await archive.instanceOrigin(orthancId)
  if (origin?.origin !== 'DicomProtocol') return

  const arrival: ArrivalOrigin = {
    calledAeTitle: origin.calledAeTitle,
    callingAeTitle: origin.remoteAeTitle,
    remoteAddress: origin.remoteAddress,
    receivedAt: origin.receivedAt,
  }
  const [quarantined, practice] = await Promise.all([
    isQuarantined(dependencies, orthancId, arrival),
    practiceOf(dependencies, arrival),
  ])
  if (quarantined) return
  // what is filed stays filed when the feed is read anew, wherever its device has moved since
  const called = 'reason' in practice ? practice.calledTenantId : practice.tenantId
  if (called !== null && (await isSettled(dependencies, called, orthancId, arrival))) return
  if ('reason' in practice) return quarantine(dependencies, orthancId, arrival, practice.reason)
  const { tenantId } = practice

  try {
    const received = await archive.read(orthancId)
    if (!received) return
    await using file = await spoolFile(received.stream, join(dependencies.spoolDir, 'ingest'))
    const outcome = await ingestFile(dependencies, { tenantId, file, inArchive: orthancId, arrival })
    if (outcome === 'identical') await noteArchiveCopy(dependencies, tenantId, orthancId)
  } catch (error) {
    if (error instanceof DeletedArrival) return quarantine(dependencies, orthancId, arrival, 'deleted')
    // One that cannot be filed must not hold up those behind it.
    if (!(error instanceof DicomError) && worthRepeating(error)) throw error
    if (error instanceof DicomError) log.warn({ code: error.code }, 'an arrival is not readable')
    else log.error({ err: error }, 'an arrival could not be filed')
    await quarantine(dependencies, orthancId, arrival, 'unreadable')
  }
}

/** What was deleted since is no new arrival. */
const withDeleted = `SELECT set_config('bitewing.deleted', 'on', true)`
const filed = `SELECT file_md5 AS md5 FROM instances
  WHERE tenant_id = $1 AND orthanc_id = $2 AND held_by_archive LIMIT 1`
const purged = `SELECT 1 FROM deleted_instances
  WHERE tenant_id = $1 AND left_orthanc_id = $2 AND left_received_at = $3::timestamptz LIMIT 1`

/**
 * Spares fetching and parsing the file again when a page of the feed is read anew: it is filed, or the practice
 * deleted it for good and Orthanc still has it since another practice relies on it.
 *
 * Filed by its bytes: Orthanc may have lost what was filed, and this be other content under the same identifiers. What
 * was purged and comes again later is a duplicate to Orthanc, and comes by the spool.
 */
async function isSettled(
  { db, archive }: IngestDependencies,
  tenantId: string,
  orthancId: string,
  { receivedAt }: ArrivalOrigin,
): Promise<boolean> {
  const [, [row] = [], gone = []] = await askInTenant(db, tenantId, [
    { text: withDeleted, values: [] },
    { text: filed, values: [tenantId, orthancId] },
    { text: purged, values: [tenantId, orthancId, receivedAt.toISOString()] },
  ])
  return gone.length > 0 || (row !== undefined && row['md5'] === (await archive.md5(orthancId)))
}

/**
 * What was put into quarantine is the operator's, and stays so when the feed is read anew and its AE title has a
 * practice by now. The same identifiers that came again later, after the first were deleted, are another arrival.
 */
async function isQuarantined(
  { db }: IngestDependencies,
  orthancId: string,
  { receivedAt }: ArrivalOrigin,
): Promise<boolean> {
  const rows = await asSystem(db, (tx) =>
    tx
      .select({ id: quarantinedArrivals.id })
      .from(quarantinedArrivals)
      .where(and(eq(quarantinedArrivals.orthancId, orthancId), eq(quarantinedArrivals.arrivedAt, receivedAt)))
      .limit(1),
  )
  return rows.length > 0
}

/** The file stays in Orthanc, where no practice can reach it. */
async function quarantine(
  { db, archive }: IngestDependencies,
  orthancId: string,
  { receivedAt: arrivedAt, ...titles }: ArrivalOrigin,
  reason: QuarantineReason,
): Promise<void> {
  const [bytes, fileMd5] = await Promise.all([archive.bytes(orthancId), archive.md5(orthancId)])
  if (bytes === null) return
  const values = { orthancId, fileMd5: fileMd5 ?? '', ...titles, reason, bytes, arrivedAt }
  await asSystem(db, (tx) =>
    tx
      .insert(quarantinedArrivals)
      .values(values)
      .onConflictDoUpdate({
        target: [
          quarantinedArrivals.archiveId,
          quarantinedArrivals.orthancId,
          quarantinedArrivals.spoolName,
          quarantinedArrivals.calledAeTitle,
        ],
        set: { ...values, assignedTenantId: null, assignedAt: null, ingestedAt: null, failure: null },
        setWhere: ne(quarantinedArrivals.arrivedAt, arrivedAt),
      }),
  )
}
