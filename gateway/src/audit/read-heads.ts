import type { KeyObject } from 'node:crypto'
import { readAuditHead, type AuditHead } from '@bitewing/db'
import type { ObjectStore } from '../object-store/object-store.ts'

/** All signed heads of a chain; null for one that is damaged or not signed by us. */
export async function readHeads(
  objectStore: ObjectStore,
  chainId: string,
  publicKey: KeyObject,
): Promise<(AuditHead | null)[]> {
  const heads: (AuditHead | null)[] = []
  for await (const name of objectStore.list(chainId, 'audit/heads/')) {
    heads.push(await readHead(objectStore, { tenantId: chainId, name }, publicKey))
  }
  return heads
}

async function readHead(
  objectStore: ObjectStore,
  object: { tenantId: string; name: string },
  publicKey: KeyObject,
) {
  try {
    const stored = await objectStore.get(object)
    if (!stored) return null
    const chunks: Uint8Array[] = []
    for await (const chunk of stored.stream as AsyncIterable<Uint8Array>) chunks.push(chunk)
    return readAuditHead(Buffer.concat(chunks).toString('utf8'), publicKey)
  } catch (error) {
    if (error instanceof Error && error.name === 'ObjectCorrupt') return null
    throw error
  }
}
