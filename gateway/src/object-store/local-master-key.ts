import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import type { MasterKey } from './master-key.ts'
import { KeyUnusable } from './object-errors.ts'

// What it makes of a data key: nonce 12, sealed data key 32, tag 16.
const version = 1
const nonceBytes = 12
const dataKeyBytes = 32
const tagBytes = 16

/**
 * A master key that this process holds: AES-256-GCM with a random nonce.
 *
 * @param key 32 bytes
 */
export function createLocalMasterKey(key: Uint8Array): MasterKey {
  // Gives nothing of the key away: a hash of 32 random bytes cannot be searched.
  const id = createHash('sha256').update('bitewing master key id v1\0').update(key).digest().subarray(0, 8)
  const boundTo = (tenantId: string) =>
    Buffer.concat([Buffer.from('bitewing data key v1\0'), Buffer.of(version), id, Buffer.from(tenantId)])

  return {
    version,
    id,
    kind: 'local',
    async wrap(dataKey, tenantId) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
      cipher.setAAD(boundTo(tenantId))
      return Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()])
    },
    async unwrap(wrapped, tenantId) {
      if (wrapped.length !== nonceBytes + dataKeyBytes + tagBytes) {
        throw new KeyUnusable('the wrapped data key is of an unknown form')
      }
      const sealed = wrapped.subarray(nonceBytes, nonceBytes + dataKeyBytes)
      const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      })
      decipher.setAAD(boundTo(tenantId))
      decipher.setAuthTag(wrapped.subarray(nonceBytes + dataKeyBytes))
      const dataKey = decipher.update(sealed)
      try {
        decipher.final()
      } catch (error) {
        throw new KeyUnusable("the wrapped data key is damaged or another tenant's", { cause: error })
      }
      return dataKey
    },
    derive: (purpose) => Buffer.from(hkdfSync('sha256', key, '', purpose, 32)),
    check: () => Promise.resolve(),
    close: () => undefined,
  }
}
