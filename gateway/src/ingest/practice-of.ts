import { withTenant } from '@bitewing/db'
import { devices, type quarantinedArrivals } from '@bitewing/db/schema'
import { sql } from 'drizzle-orm'
import { plainAddress } from './host-addresses.ts'
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
 * where it has registered any, and sends from where that is. Titles are no secret and anybody may call itself by one;
 * an address of the practice's network is harder to come by. Where a device's host is a name that the resolver has
 * never told the address of, its title alone counts: no arrival waits for a resolver.
 *
 * @returns the practice's id, or why it is nobody's, and whose it would be
 */
export async function practiceOf(
  { db, hostAddresses }: Pick<IngestDependencies, 'db' | 'hostAddresses'>,
  { calledAeTitle, callingAeTitle, remoteAddress }: Omit<ArrivalOrigin, 'receivedAt'>,
): Promise<{ tenantId: string } | { reason: QuarantineReason; calledTenantId: string | null }> {
  const {
    rows: [row],
  } = await db.execute<{ tenant_id: string }>(
    sql`SELECT tenant_id FROM door_tenant_of_ae_title(${calledAeTitle})`,
  )
  if (!row) return { reason: 'unknown-ae-title', calledTenantId: null }
  const tenantId = row.tenant_id
  const registered = await withTenant(db, tenantId, (tx) =>
    tx.select({ aeTitle: devices.aeTitle, host: devices.host }).from(devices),
  )
  if (registered.length === 0) return { tenantId }
  const device = registered.find(({ aeTitle }) => aeTitle.trim() === callingAeTitle)
  if (!device) return { reason: 'unknown-device', calledTenantId: tenantId }
  const addresses = await hostAddresses(device.host)
  if (addresses && !addresses.has(plainAddress(remoteAddress))) {
    return { reason: 'other-address', calledTenantId: tenantId }
  }
  return { tenantId }
}
