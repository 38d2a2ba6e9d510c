import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { z } from 'zod'

/** The state of a chain at one moment, signed and kept outside Postgres. */
export type AuditHead = {
  chainId: string
  position: number
  hash: string /* hex */
  at: string
  signature: string /* base64 */
}

const AuditHeadJson = z.object({
  chainId: z.string(),
  position: z.int().positive(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.string(),
  signature: z.string(),
})

/** Where a head lies in the object store of its practice. */
export function auditHeadName(position: number): string {
  return `audit/heads/${String(position).padStart(15, '0')}.json`
}

/** The Ed25519 key pair of a seed of 32 bytes. The public half lets anyone check an export. */
export function auditKeyPair(seed: Uint8Array): { privateKey: KeyObject; publicKey: KeyObject } {
  // PKCS #8 of an Ed25519 seed (RFC 8410): a fixed header and the 32 bytes
  const privateKey = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

export function signAuditHead(head: Omit<AuditHead, 'signature'>, privateKey: KeyObject): AuditHead {
  return { ...head, signature: sign(null, signedBytes(head), privateKey).toString('base64') }
}

/** Reads a head and checks its signature; null when it is damaged or not ours. */
export function readAuditHead(json: string, publicKey: KeyObject): AuditHead | null {
  try {
    const head = AuditHeadJson.parse(JSON.parse(json))
    return verify(null, signedBytes(head), publicKey, Buffer.from(head.signature, 'base64')) ? head : null
  } catch {
    return null
  }
}

function signedBytes(head: Omit<AuditHead, 'signature'>): Buffer {
  return Buffer.from(
    JSON.stringify(['bitewing audit head 1', head.chainId, head.position, head.hash, head.at]),
  )
}
