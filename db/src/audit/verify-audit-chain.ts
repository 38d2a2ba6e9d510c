import { and, asc, eq, gt } from 'drizzle-orm'
import type { Database, Transaction } from '../database.ts'
import { auditChains, auditEvents } from '../schema/index.ts'
import { asSystem } from '../tenancy/as-system.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { hashEvent, systemChainId } from './audit-event.ts'
import type { AuditHead } from './audit-heads.ts'

export type AuditFault = {
  kind: 'changed' | 'removed' | 'reordered' | 'tail-cut' | 'rewritten' | 'head-unreadable'
  /** the first position at which it shows */
  position: number
}
export type AuditVerdict = { chainId: string; events: number; heads: number; faults: AuditFault[] }

const batchSize = 1000
const faultsMax = 100

/**
 * Walks a practice's audit chain from its start and compares it with itself, with the chain's head in Postgres
 * and with the signed heads outside.
 *
 * @param heads signed heads, checked already; `null` for one that could not be read or whose signature is wrong
 * @returns no faults when nothing was changed, removed, reordered or cut off
 */
export async function verifyAuditChain(
  db: Database,
  chainId: string,
  heads: (AuditHead | null)[],
): Promise<AuditVerdict> {
  const check = (tx: Transaction) => walk(tx, chainId, heads)
  return chainId === systemChainId ? asSystem(db, check) : withTenant(db, chainId, check)
}

async function walk(tx: Transaction, chainId: string, heads: (AuditHead | null)[]): Promise<AuditVerdict> {
  const faults: AuditFault[] = []
  const fault = (kind: AuditFault['kind'], position: number) => {
    if (faults.length < faultsMax) faults.push({ kind, position })
  }

  const anchored: [position: number, hash: string][] = []
  for (const head of heads) {
    if (head && head.chainId === chainId) anchored.push([head.position, head.hash])
    else fault('head-unreadable', 0)
  }

  // Events go on being appended meanwhile: what the head said before the walk must be there after it.
  const headOf = async () => (await tx.select().from(auditChains).where(eq(auditChains.chainId, chainId)))[0]
  const before = await headOf()
  if (before) anchored.push([before.lastPosition, before.lastHash.toString('hex')])

  const watched = new Set(anchored.map(([position]) => position))
  const seen = new Map<number, string>()
  let previousHash: Uint8Array = Buffer.alloc(32)
  let last = 0
  let events = 0
  for (;;) {
    const rows = await tx
      .select()
      .from(auditEvents)
      .where(and(eq(auditEvents.chainId, chainId), gt(auditEvents.position, last)))
      .orderBy(asc(auditEvents.position))
      .limit(batchSize)
    if (rows.length === 0) break
    for (const row of rows) {
      events++
      if (row.position !== last + 1) fault('removed', last + 1)
      const follows = row.previousHash.equals(previousHash)
      const intact = hashEvent(row.previousHash, row).equals(row.hash)
      if (!intact) fault('changed', row.position)
      else if (!follows && row.position === last + 1) fault('reordered', row.position)
      if (watched.has(row.position)) seen.set(row.position, row.hash.toString('hex'))
      previousHash = row.hash
      last = row.position
    }
  }

  const newestHead = anchored.reduce((newest, [position]) => Math.max(newest, position), 0)
  if (newestHead > last) fault('tail-cut', last + 1)
  const after = last > (before?.lastPosition ?? 0) ? await headOf() : before
  if (last > (after?.lastPosition ?? 0)) fault('rewritten', (after?.lastPosition ?? 0) + 1)
  for (const [position, hash] of anchored) {
    const found = seen.get(position)
    if (found !== undefined && found !== hash) fault('rewritten', position)
  }

  faults.sort((a, b) => a.position - b.position)
  return { chainId, events, heads: heads.length, faults }
}
