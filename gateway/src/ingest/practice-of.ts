import { withTenant } from '@bitewing/db'
import { devices, type quarantinedArrivals } from '@bitewing/db/schema'
import { sql } from 'drizzle-orm'
import type { IngestDependencies } from './start-ingest.ts'

/** How a C-STORE came in. */
export type ArrivalOrigin = {
  calledAeTitle: string
  callingAeTitle: string
  remoteAddress: string
  /** by Orthanc's clock */
  receivedAt: Date
}

export type QuarantineReason = (typeof quarantinedArrivals.$inferSelect)['reason']

/**
 * The practice an arrival belongs to: the one its called AE title names, provided that the device is one of its own
 * where it has registered any.
 *
 * @returns the practice's id, or why it is nobody's
 */
export async function practiceOf(
  { db }: Pick<IngestDependencies, 'db'>,
  { calledAeTitle, callingAeTitle }: Pick<ArrivalOrigin, 'calledAeTitle' | 'callingAeTitle'>,
): Promise<{ tenantId: string } | { reason: QuarantineReason }> {
  const {
    rows: [row],
  } = await db.execute<{ tenant_id: string }>(
    sql`SELECT tenant_id FROM door_tenant_of_ae_title(${calledAeTitle})`,
  )
  if (!row) return { reason: 'unknown-ae-title' }
  const registered = await withTenant(db, row.tenant_id, (tx) =>
    tx.select({ aeTitle: devices.aeTitle }).from(devices),
  )
  const known = registered.length === 0 || registered.some(({ aeTitle }) => aeTitle.trim() === callingAeTitle)
  return known ? { tenantId: row.tenant_id } : { reason: 'unknown-device' }
}
