import { randomBytes } from 'node:crypto'

/** A UID that nobody has used, always of the same 40 characters (PS3.5 §B.2). */
export function newUid(): string {
  const digits = (BigInt(`0x${randomBytes(16).toString('hex')}`) % 10n ** 34n).toString().padStart(34, '0')
  return `2.25.1${digits}`
}
