import { asSystem } from '@bitewing/db'
import { quarantinedArrivals } from '@bitewing/db/schema'
import { and, eq, isNull } from 'drizzle-orm'
import { DicomError } from '../dicom/dicom-error.ts'
import { DeletedArrival } from './deleted-arrival.ts'
import { ingestFile } from './ingest-file.ts'
import { practiceOf, type QuarantineReason } from './practice-of.ts'
import { quarantineSpoolEntry, readSpoolEntry, removeSpoolEntry, type SpoolEntry } from './spool-entry.ts'
import type { IngestDependencies } from './start-ingest.ts'
import { worthRepeating } from './worth-repeating.ts'

/**
 * Takes over a duplicate that the hook handed over: files it with the practice its called AE title names, or puts it
 * into quarantine. The hook spools rather too much than too little; what is filed already just goes. Safe to repeat.
 *
 * @throws when something is away; the entry waits in the spool then
 */
export async function takeSpooled(dependencies: IngestDependencies, name: string): Promise<void> {
  const { spoolDir, log } = dependencies
  const entry = await readSpoolEntry(spoolDir, name)
  if (!entry) return
  const { arrival, file } = entry

  const practice = await practiceOf(dependencies, arrival)
  if ('reason' in practice) return quarantine(dependencies, entry, practice.reason)
  if (!entry.whole) {
    log.error('a file of the spool is damaged')
    return quarantine(dependencies, entry, 'unreadable')
  }
  try {
    await ingestFile(dependencies, { tenantId: practice.tenantId, file, inArchive: null, arrival })
    await removeSpoolEntry(spoolDir, name)
  } catch (error) {
    if (error instanceof DeletedArrival) return quarantine(dependencies, entry, 'deleted')
    if (!(error instanceof DicomError) && worthRepeating(error)) throw error
    if (error instanceof DicomError) log.warn({ code: error.code }, 'an arrival is not readable')
    else log.error({ err: error }, 'an arrival could not be filed')
    await quarantine(dependencies, entry, 'unreadable')
  }
}

/** Its file goes to the quarantine folder of the spool, unless the same already waits there from the same sender. */
async function quarantine(
  { db, spoolDir }: IngestDependencies,
  { name, arrival: { receivedAt: arrivedAt, ...titles }, file: { bytes, md5 } }: SpoolEntry,
  reason: QuarantineReason,
): Promise<void> {
  const isNews = await asSystem(db, async (tx) => {
    const waiting = await tx
      .select({ spoolName: quarantinedArrivals.spoolName })
      .from(quarantinedArrivals)
      .where(
        and(
          eq(quarantinedArrivals.fileMd5, md5),
          eq(quarantinedArrivals.calledAeTitle, titles.calledAeTitle),
          eq(quarantinedArrivals.callingAeTitle, titles.callingAeTitle),
          eq(quarantinedArrivals.remoteAddress, titles.remoteAddress),
          isNull(quarantinedArrivals.ingestedAt),
          isNull(quarantinedArrivals.failure),
        ),
      )
    if (waiting.some((row) => row.spoolName !== name)) return false
    await tx
      .insert(quarantinedArrivals)
      .values({ orthancId: '', spoolName: name, fileMd5: md5, ...titles, reason, bytes, arrivedAt })
      .onConflictDoNothing()
    return true
  })
  if (isNews) await quarantineSpoolEntry(spoolDir, name)
  else await removeSpoolEntry(spoolDir, name)
}
