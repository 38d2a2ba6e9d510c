import { createHash } from 'node:crypto'

/** The UID of a demo object: 2.25 and the number of a UUID made from its name, the same each time (PS3.5 §B.2, RFC 9562 §5.8). */
export function demoUid(...name: readonly (string | number)[]): string {
  const hash = createHash('sha256')
    .update(`bitewing-demo/1/${name.join('/')}`)
    .digest()
    .subarray(0, 16)
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  return `2.25.${BigInt(`0x${hash.toString('hex')}`)}`
}
