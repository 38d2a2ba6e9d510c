import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** Seals what the web app must read again of a user's second factor, and gives each user a key of their own. */
export type AccountKey = {
  /** @param userId authenticated with it: what is another user's does not open */
  seal(userId: string, plain: Uint8Array): Buffer
  /** @throws when another key or user sealed it, or it was changed */
  open(userId: string, sealed: Uint8Array): Buffer
  /** 32 bytes for what somebody's browser keeps on a device that others use too. @param owner user and practice */
  forDevice(owner: string): Buffer
}

const nonceBytes = 12
const tagBytes = 16

/**
 * AES-256-GCM under a key derived for this use alone: nonce, ciphertext, tag.
 *
 * @param secret 32 random bytes; the operator's, and not the master key, which the web app never sees
 */
export function createAccountKey(secret: Uint8Array): AccountKey {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'bitewing authenticators v1', 32))
  return {
    seal(userId, plain) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(userId))
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    forDevice: (owner) => Buffer.from(hkdfSync('sha256', secret, '', `bitewing device v1 ${owner}`, 32)),
    open(userId, sealed) {
      const nonce = sealed.subarray(0, nonceBytes)
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
      decipher.setAAD(Buffer.from(userId)).setAuthTag(sealed.subarray(-tagBytes))
      return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()])
    },
  }
}
