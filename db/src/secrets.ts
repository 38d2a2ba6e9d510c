import { createHash, randomBytes } from 'node:crypto'

/** SHA-256 of a bearer secret: what is stored in its place. The secrets are random, so no salt is needed. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** A random bearer secret of 256 bits, URL-safe, with a prefix that secret scanners can find. */
export function randomSecret(prefix: string): string {
  return prefix + randomBytes(32).toString('base64url')
}
