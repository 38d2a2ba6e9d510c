import type { DeviceOwner } from '#lib/viewer/seal-shelf.ts'
import { ports } from './compose.ts'
import type { TenantSession } from './session.ts'

/** Whose what is not sent yet is on a device that several people use, and the key under which it lies there. */
export function deviceOwner({ userId, tenant }: TenantSession): DeviceOwner {
  const name = `${userId}.${tenant.id}`
  return { name, key: ports().accountKey.forDevice(name).toString('base64') }
}
