import { randomBytes } from 'node:crypto'

/** 192 random bits, in letters that need no escaping in a URL, a shell or a configuration file. */
export function randomSecret(): string {
  return randomBytes(24).toString('base64url')
}
