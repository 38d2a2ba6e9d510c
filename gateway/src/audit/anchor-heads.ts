import type { KeyObject } from 'node:crypto'
import {
  asSystem,
  auditHeadName,
  signAuditHead,
  systemChainId,
  withTenant,
  type Database,
  type Transaction,
} from '@bitewing/db'
import { auditChains } from '@bitewing/db/schema'
import { eq, sql } from 'drizzle-orm'
import type { ObjectStore } from '../object-store/object-store.ts'

/**
 * Writes the signed head of every audit chain that grew to the object store, so that a tail cut off or a chain
 * rewritten in Postgres shows. A head that is written is never written again.
 *
 * @returns how many chains were anchored
 */
export async function anchorHeads({
  db,
  objectStore,
  privateKey,
}: {
  db: Database
  objectStore: ObjectStore
  privateKey: KeyObject
}): Promise<number> {
  const { rows: chains } = await asSystem(db, (tx) =>
    tx.execute<{ chain_id: string; last_position: string; last_hash: Buffer }>(
      sql`SELECT * FROM door_unanchored_chains()`,
    ),
  )
  for (const chain of chains) {
    const chainId = chain.chain_id
    const position = Number(chain.last_position)
    const head = signAuditHead(
      { chainId, position, hash: Buffer.from(chain.last_hash).toString('hex'), at: new Date().toISOString() },
      privateKey,
    )
    await objectStore.put({ tenantId: chainId, name: auditHeadName(position) }, once(JSON.stringify(head)), {
      ifAbsent: true,
    })
    const remember = (tx: Transaction) =>
      tx.update(auditChains).set({ anchoredPosition: position }).where(eq(auditChains.chainId, chainId))
    await (chainId === systemChainId ? asSystem(db, remember) : withTenant(db, chainId, remember))
  }
  return chains.length
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
