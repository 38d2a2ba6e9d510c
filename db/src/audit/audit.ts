import { eq, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../database.ts'
import { insertRows } from '../insert-rows.ts'
import { auditChains, auditEvents } from '../schema/index.ts'
import { asSystem } from '../tenancy/as-system.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { hashEvent, systemChainId, type AuditEvent, type ChainedEvent } from './audit-event.ts'

export type AccessCounts = { instances?: number; frames?: number; bytes?: number }

/** An access that is on record; counts are added to its closing event. */
export type OpenAccess = { count(counts: AccessCounts): void }

export type Audit = {
  /** Resolves once the event is durable. Callers await it before the first byte leaves. */
  record(event: AuditEvent): Promise<void>
  /**
   * As `record`, for accesses that come by the thousand: one opening event covers actor, session, study and kind
   * for five minutes, and a closing event counts what was served. Only the opening touches Postgres.
   */
  access(event: AuditEvent): Promise<OpenAccess>
  /** Writes the closing events of all open accesses and waits for everything pending. */
  close(): Promise<void>
}

type Pending = { event: AuditEvent; at: Date; resolve: () => void; reject: (reason: unknown) => void }
type Window = {
  opened: Promise<void>
  event: AuditEvent
  counts: Required<AccessCounts>
  requests: number
  timer: NodeJS.Timeout
}

const zeros = Buffer.alloc(32)

/** Refusals of one actor that are kept apart by address and kind within a window; those beyond are one event. */
const deniedAddressesMax = 20

/**
 * The audit log's writer. Events of one practice are written in batches: the first goes out at once, those that
 * come while it is being written go together in the next, so the chain's lock is held once per batch.
 *
 * @param accessWindowMs how long one opening covers repeated accesses
 */
export function createAudit({
  db,
  accessWindowMs = 300_000,
}: {
  db: Database
  accessWindowMs?: number
}): Audit {
  const pending = new Map<string, Pending[]>()
  const writing = new Map<string, Promise<void>>()
  const windows = new Map<string, Window>()

  function record(event: AuditEvent): Promise<void> {
    const chainId = event.tenantId ?? systemChainId
    return new Promise((resolve, reject) => {
      const entry = { event, at: new Date(), resolve, reject }
      const queue = pending.get(chainId)
      if (queue) queue.push(entry)
      else pending.set(chainId, [entry])
      if (!writing.has(chainId)) writing.set(chainId, drain(chainId))
    })
  }

  async function drain(chainId: string): Promise<void> {
    for (;;) {
      const batch = pending.get(chainId)
      if (!batch) break
      pending.delete(chainId)
      try {
        await append(db, chainId, batch)
        for (const entry of batch) entry.resolve()
      } catch (error) {
        for (const entry of batch) entry.reject(error)
      }
    }
    writing.delete(chainId)
  }

  function closeWindow(key: string): Promise<void> {
    const window = windows.get(key)
    if (!window) return Promise.resolve()
    windows.delete(key)
    clearTimeout(window.timer)
    if (window.requests <= 1 && window.counts.bytes === 0) return Promise.resolve()
    return record({
      ...window.event,
      detail: { ...window.event.detail, closed: true, requests: window.requests, ...window.counts },
    })
  }

  function openWindow(key: string, event: AuditEvent, opened: Promise<void>): Window {
    const timer = setTimeout(() => void closeWindow(key).catch(() => {}), accessWindowMs)
    timer.unref()
    const window = { opened, event, counts: { instances: 0, frames: 0, bytes: 0 }, requests: 0, timer }
    windows.set(key, window)
    return window
  }

  function deniedOf({ tenantId, actor }: AuditEvent): number {
    let found = 0
    for (const { event } of windows.values()) {
      if (
        event.outcome === 'denied' &&
        event.tenantId === tenantId &&
        event.actor.kind === actor.kind &&
        event.actor.id === actor.id
      )
        found++
    }
    return found
  }

  return {
    record,
    async access(event) {
      let covered = event
      let key = keyOf(event)
      let window = windows.get(key)
      if (!window && event.outcome === 'denied' && deniedOf(event) >= deniedAddressesMax) {
        // one who is refused from ever other addresses does not fill the log by that
        covered = { ...event, address: null, detail: { ...event.detail, addresses: 'many' } }
        key = keyOf(covered)
        window = windows.get(key)
      }
      if (!window) {
        const made = openWindow(key, covered, record(covered))
        window = made
        // an opening that did not get down must not cover anything
        made.opened.catch(() => {
          clearTimeout(made.timer)
          windows.delete(key)
        })
      }
      await window.opened
      window.requests++
      return {
        count(more) {
          // A download may outlast its window. What leaves then has its opening on record and gets another closing,
          // under a key that covers no further access.
          const late = `${key} late`
          const { counts } =
            windows.get(key) ?? windows.get(late) ?? openWindow(late, event, Promise.resolve())
          counts.instances += more.instances ?? 0
          counts.frames += more.frames ?? 0
          counts.bytes += more.bytes ?? 0
        },
      }
    },
    async close() {
      await Promise.allSettled([...windows.keys()].map(closeWindow))
      await Promise.allSettled(writing.values())
    },
  }
}

function keyOf(event: AuditEvent): string {
  return JSON.stringify([
    event.tenantId,
    event.actor,
    event.sessionId,
    event.address,
    event.patientId,
    event.studyId,
    event.kind,
    event.outcome,
    event.detail, // what else was refused must not hide behind the first
  ])
}

async function append(db: Database, chainId: string, batch: Pending[]): Promise<void> {
  const write = (tx: Transaction) => appendInTransaction(tx, chainId, batch)
  await (chainId === systemChainId ? asSystem(db, write) : withTenant(db, chainId, write))
}

const rowKeys = [
  'chainId',
  'position',
  'at',
  'kind',
  'outcome',
  'actorKind',
  'actorId',
  'sessionId',
  'address',
  'patientId',
  'studyId',
  'detail',
  'previousHash',
  'hash',
] as const

async function appendInTransaction(
  tx: Transaction,
  chainId: string,
  batch: Pick<Pending, 'event' | 'at'>[],
): Promise<void> {
  const lock = () => tx.select().from(auditChains).where(eq(auditChains.chainId, chainId)).for('update')
  let [chain] = await lock()
  if (!chain) {
    await tx.insert(auditChains).values({ chainId, lastPosition: 0, lastHash: zeros }).onConflictDoNothing()
    ;[chain] = await lock()
  }
  if (!chain) throw new Error('audit chain is not visible')

  let previousHash: Buffer = chain.lastHash
  let position = chain.lastPosition
  const rows = batch.map(({ event, at }) => {
    const chained: ChainedEvent = {
      chainId,
      position: ++position,
      at,
      kind: event.kind,
      outcome: event.outcome,
      actorKind: event.actor.kind,
      actorId: event.actor.id,
      sessionId: event.sessionId ?? null,
      address: event.address ?? null,
      patientId: event.patientId ?? null,
      studyId: event.studyId ?? null,
      detail: event.detail ?? {},
    }
    const hash = hashEvent(previousHash, chained)
    const row = { ...chained, previousHash, hash }
    previousHash = hash
    return row
  })
  await insertRows(tx, auditEvents, rowKeys, rows)
  await tx
    .update(auditChains)
    .set({ lastPosition: position, lastHash: previousHash, updatedAt: sql`now()` })
    .where(eq(auditChains.chainId, chainId))
}

/**
 * Records events inside the caller's transaction: they exist when the change does, and only then.
 *
 * @param events of one practice
 */
export async function recordInTransaction(tx: Transaction, ...events: AuditEvent[]): Promise<void> {
  const at = new Date()
  for (const [chainId, ofChain] of Map.groupBy(events, ({ tenantId }) => tenantId ?? systemChainId)) {
    await appendInTransaction(
      tx,
      chainId,
      ofChain.map((event) => ({ event, at })),
    )
  }
}
