import { randomBytes } from 'node:crypto'
import type { MasterKey } from './master-key.ts'
import { KeyUnusable } from './object-errors.ts'

// A wrapped data key: version 1, id of the master key 8, and what the master key of that version made of it.
const headBytes = 1 + 8
const dataKeyBytes = 32

/** @returns 32 random bytes, for one tenant's objects */
export function generateDataKey(): Buffer {
  return randomBytes(dataKeyBytes)
}

/**
 * Has the master key seal a tenant's data key, bound to the tenant.
 *
 * @returns what is to be kept with the tenant: docs/decisions/0003-object-format.md
 * @throws {KeyServiceAway} when the master key lies in a key service that does not answer, or refuses
 */
export async function wrapDataKey({
  masterKey,
  tenantId,
  dataKey,
}: {
  masterKey: MasterKey
  tenantId: string
  dataKey: Uint8Array
}): Promise<Buffer> {
  if (dataKey.length !== dataKeyBytes) throw new KeyUnusable('a data key has 32 bytes')
  return Buffer.concat([headOf(masterKey), await masterKey.wrap(dataKey, tenantId)])
}

/**
 * @param masterKeys those that may have wrapped it: more than one while a new one takes over
 * @returns the tenant's 32-byte data key
 * @throws {KeyUnusable} when it was wrapped by another master key, for another tenant, or has been changed
 * @throws {KeyServiceAway}
 */
export async function unwrapDataKey({
  masterKeys,
  tenantId,
  wrapped,
}: {
  masterKeys: readonly MasterKey[]
  tenantId: string
  wrapped: Uint8Array
}): Promise<Buffer> {
  const bytes = Buffer.from(wrapped)
  if (bytes.length === 0) throw new KeyUnusable('the data key was destroyed')
  if (bytes.length <= headBytes || (bytes[0] !== 1 && bytes[0] !== 2)) {
    throw new KeyUnusable('the wrapped data key is of an unknown form')
  }
  const masterKey = masterKeys.find((key) => isWrappedBy(bytes, key))
  if (masterKey === undefined) {
    throw new KeyUnusable('the data key was wrapped by another master key than the one configured')
  }
  const dataKey = await masterKey.unwrap(bytes.subarray(headBytes), tenantId)
  if (dataKey.length !== dataKeyBytes) throw new KeyUnusable('a data key has 32 bytes')
  return dataKey
}

/** Whether a wrapped key names this master key as the one that wrapped it. */
export function isWrappedBy(wrapped: Uint8Array, masterKey: MasterKey): boolean {
  return Buffer.from(wrapped).subarray(0, headBytes).equals(headOf(masterKey))
}

function headOf({ version, id }: MasterKey): Buffer {
  return Buffer.concat([Buffer.of(version), id])
}
