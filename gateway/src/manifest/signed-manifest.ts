import { sign, verify, type KeyObject } from 'node:crypto'
import { z } from 'zod'

const SignedJson = z.object({ body: z.string(), signature: z.base64() })

/** JSON of a body and its Ed25519 signature, which binds it to the name of its object. */
export function signManifest(name: string, body: string, privateKey: KeyObject): string {
  const signature = sign(null, signedBytes(name, body), privateKey).toString('base64')
  return JSON.stringify({ body, signature })
}

/**
 * @returns the body, parsed as JSON
 * @throws when it is damaged, not ours, or another object's
 */
export function readManifest(name: string, text: string, publicKey: KeyObject): unknown {
  const { body, signature } = SignedJson.parse(JSON.parse(text))
  if (!verify(null, signedBytes(name, body), publicKey, Buffer.from(signature, 'base64'))) {
    throw new Error('a manifest is not signed by this system')
  }
  return JSON.parse(body)
}

function signedBytes(name: string, body: string): Buffer {
  return Buffer.from(JSON.stringify(['bitewing manifest 1', name, body]))
}
