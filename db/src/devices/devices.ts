import { and, eq, gte, isNotNull, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { devices, instances } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

/** An X-ray machine or workstation, as DICOM knows it. */
export type Device = { aeTitle: string; host: string; port: number; name: string | null }

/** Senders are looked for in what has come since; older machines are listed when they are registered. */
const recentMs = 90 * 86_400_000

/**
 * Registered machines, and those that have sent without being registered, each with when it last sent something
 * within 90 days. Inside withTenant.
 */
export async function listDevices(tx: Transaction): Promise<{
  registered: (Device & { lastAt: Date | null })[]
  others: { aeTitle: string; lastAt: Date }[]
}> {
  const senders = await tx
    .select({ aeTitle: instances.callingAeTitle, lastAt: sql<string>`max(${instances.arrivedAt})` })
    .from(instances)
    .where(
      and(isNotNull(instances.callingAeTitle), gte(instances.arrivedAt, new Date(Date.now() - recentMs))),
    )
    .groupBy(instances.callingAeTitle)
  const lastOf = new Map(senders.map(({ aeTitle, lastAt }) => [aeTitle, new Date(lastAt)]))
  const registered = await tx
    .select({ aeTitle: devices.aeTitle, host: devices.host, port: devices.port, name: devices.name })
    .from(devices)
    .orderBy(devices.aeTitle)
  const known = new Set(registered.map(({ aeTitle }) => aeTitle))
  return {
    registered: registered.map((device) => ({ ...device, lastAt: lastOf.get(device.aeTitle) ?? null })),
    others: [...lastOf].flatMap(([aeTitle, lastAt]) =>
      aeTitle === null || known.has(aeTitle) ? [] : [{ aeTitle, lastAt }],
    ),
  }
}

/** Registers a machine, or changes where it is. With one registered, what any other sends waits in the quarantine. */
export function saveDevice(db: Database, staff: Staff, device: Device): Promise<void> {
  return withTenant(db, staff.tenantId, async (tx) => {
    await tx
      .insert(devices)
      .values({ tenantId: staff.tenantId, ...device })
      .onConflictDoUpdate({ target: [devices.tenantId, devices.aeTitle], set: device })
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'settings.changed',
      detail: { what: 'device added', aeTitle: device.aeTitle },
    })
  })
}

/** @returns what it was, to be put back; null when the practice has none such */
export function removeDevice(db: Database, staff: Staff, aeTitle: string): Promise<Device | null> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const [device] = await tx
      .delete(devices)
      .where(and(eq(devices.tenantId, staff.tenantId), eq(devices.aeTitle, aeTitle)))
      .returning({ aeTitle: devices.aeTitle, host: devices.host, port: devices.port, name: devices.name })
    if (!device) return null
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'settings.changed',
      detail: { what: 'device removed', aeTitle },
    })
    return device
  })
}
