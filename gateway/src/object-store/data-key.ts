import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { KeyUnusable } from './object-errors.ts'

// A wrapped data key: version 1, id of the master key 8, nonce 12, sealed data key 32, tag 16.
const version = 1
const keyIdBytes = 8
const nonceBytes = 12
const dataKeyBytes = 32
const tagBytes = 16
const wrappedBytes = 1 + keyIdBytes + nonceBytes + dataKeyBytes + tagBytes

/** @returns 32 random bytes, for one tenant's objects */
export function generateDataKey(): Buffer {
  return randomBytes(dataKeyBytes)
}

/**
 * Seals a tenant's data key under the master key (AES-256-GCM, random nonce), bound to the tenant.
 *
 * @returns 69 bytes, to be kept with the tenant
 */
export function wrapDataKey({
  masterKey,
  tenantId,
  dataKey,
}: {
  masterKey: Uint8Array // 32 bytes
  tenantId: string
  dataKey: Uint8Array
}): Buffer {
  if (dataKey.length !== dataKeyBytes) throw new KeyUnusable('a data key has 32 bytes')
  const begin = Buffer.concat([Buffer.of(version), masterKeyId(masterKey)])
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', masterKey, nonce, { authTagLength: tagBytes })
  cipher.setAAD(boundTo(begin, tenantId))
  return Buffer.concat([begin, nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()])
}

/**
 * @param masterKeys those that may have wrapped it, of 32 bytes each: more than one while a new one takes over
 * @returns the tenant's 32-byte data key
 * @throws {KeyUnusable} when it was wrapped by another master key, for another tenant, or has been changed
 */
export function unwrapDataKey({
  masterKeys,
  tenantId,
  wrapped,
}: {
  masterKeys: readonly Uint8Array[]
  tenantId: string
  wrapped: Uint8Array
}): Buffer {
  const bytes = Buffer.from(wrapped)
  if (bytes.length === 0) throw new KeyUnusable('the data key was destroyed')
  if (bytes.length !== wrappedBytes || bytes[0] !== version) {
    throw new KeyUnusable('the wrapped data key is of an unknown form')
  }
  const begin = bytes.subarray(0, 1 + keyIdBytes)
  const masterKey = masterKeys.find((key) => begin.subarray(1).equals(masterKeyId(key)))
  if (masterKey === undefined) {
    throw new KeyUnusable('the data key was wrapped by another master key than the one configured')
  }
  const nonce = bytes.subarray(begin.length, begin.length + nonceBytes)
  const sealed = bytes.subarray(begin.length + nonceBytes, wrappedBytes - tagBytes)
  const decipher = createDecipheriv('aes-256-gcm', masterKey, nonce, { authTagLength: tagBytes })
  decipher.setAAD(boundTo(begin, tenantId))
  decipher.setAuthTag(bytes.subarray(wrappedBytes - tagBytes))
  const dataKey = decipher.update(sealed)
  try {
    decipher.final()
  } catch (error) {
    throw new KeyUnusable("the wrapped data key is damaged or another tenant's", { cause: error })
  }
  return dataKey
}

/** Whether a wrapped key names this master key as the one that wrapped it. */
export function isWrappedBy(wrapped: Uint8Array, masterKey: Uint8Array): boolean {
  return Buffer.from(wrapped)
    .subarray(1, 1 + keyIdBytes)
    .equals(masterKeyId(masterKey))
}

function boundTo(begin: Buffer, tenantId: string): Buffer {
  return Buffer.concat([Buffer.from('bitewing data key v1\0'), begin, Buffer.from(tenantId, 'utf8')])
}

/** Tells master keys apart and gives nothing of them away: a hash of 32 random bytes cannot be searched. */
function masterKeyId(masterKey: Uint8Array): Buffer {
  return createHash('sha256')
    .update('bitewing master key id v1\0')
    .update(masterKey)
    .digest()
    .subarray(0, keyIdBytes)
}
