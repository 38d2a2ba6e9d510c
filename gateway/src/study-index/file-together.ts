import {
  isDatabaseAway,
  enqueueAll,
  recordInTransaction,
  withTenant,
  type AuditEvent,
  type Database,
} from '@bitewing/db'
import type { PgBoss } from 'pg-boss'
import type { Archive } from '../archive/archive.ts'
import { modelFormatOf } from '../dental/model-format-of.ts'
import { holdArchiveCopies } from './archive-copies.ts'
import type { ArrivedInstance, Registered } from './arrived-instance.ts'
import { registerInstances } from './register-instance.ts'

type Filing = {
  arrived: ArrivedInstance
  event(registered: Registered): AuditEvent
  resolve(registered: Registered): void
  reject(reason: unknown): void
}
type Queue = { waiting: Filing[]; running: boolean }

const togetherMax = 50
/**
 * The first slice of a volume gets its pictures at once, as any other image does, the others a moment later: they come
 * within a second or two, and to make their pictures meanwhile would slow their storing down to a third. A radiograph that
 * is taken while hundreds of them wait goes before them.
 */
const ofSlices = { delaySeconds: 2, priority: -1 }
/** Nobody waits for it, and what is being stored now goes first. */
const fillArchiveAfterSeconds = 5
const queues = new WeakMap<Database, Map<string, Queue>>()

/**
 * Writes an instance into the index with its jobs and its audit event, and resolves when they are committed.
 *
 * The first goes at once; those that come for the same practice while it is being written go together in the next
 * transaction. One by one, each would wait for the disk and for the locks of study and audit chain on its own. Where
 * a transaction fails, each of its instances is tried alone, so that one that cannot be written fails alone.
 *
 * @param event what is recorded of an instance that was stored
 */
export function fileTogether(
  { db, jobs, archive }: { db: Database; jobs: PgBoss; archive: Pick<Archive, 'md5'> },
  tenantId: string,
  arrived: ArrivedInstance,
  event: Filing['event'],
): Promise<Registered> {
  const ofDatabase = queues.get(db) ?? new Map<string, Queue>()
  queues.set(db, ofDatabase)
  const queue = ofDatabase.get(tenantId) ?? { waiting: [], running: false }
  ofDatabase.set(tenantId, queue)
  return new Promise((resolve, reject) => {
    queue.waiting.push({ arrived, event, resolve, reject })
    if (queue.running) return
    queue.running = true
    void drain()
  })

  async function drain(): Promise<void> {
    while (queue.waiting.length > 0) await fileSome(queue.waiting.splice(0, togetherMax))
    queue.running = false
    ofDatabase.delete(tenantId)
  }

  async function fileSome(filings: Filing[]): Promise<void> {
    try {
      const registered = await write(filings)
      for (const [index, { resolve, reject }] of filings.entries()) {
        const one = registered[index]
        if (one) resolve(one)
        else reject(new Error('instance was not written'))
      }
    } catch (error) {
      if (filings.length === 1 || isDatabaseAway(error)) {
        for (const { reject } of filings) reject(error)
      } else {
        for (const filing of filings) await fileSome([filing])
      }
    }
  }

  function write(filings: readonly Filing[]): Promise<Registered[]> {
    return withTenant(db, tenantId, async (tx) => {
      const arrivals = filings.map((one) => one.arrived)
      const registered = await registerInstances(tx, tenantId, arrivals)
      const stored = filings.flatMap((filing, index) => {
        const done = registered[index]
        return done?.outcome === 'stored' ? [{ ...filing, done }] : []
      })
      const payloads = (some: typeof stored) =>
        some.map(({ arrived: { instanceId } }) => ({ tenantId, instanceId }))
      const pending = stored.filter((one) => one.arrived.originalState === 'pending')
      // the only bytes there are, and maybe another request's
      await holdArchiveCopies(
        tx,
        archive,
        pending.map(({ arrived: { archive, file } }) => ({ orthancId: archive.orthancId, md5: file.md5 })),
      )
      const pictured = stored.filter(
        ({ arrived }) => arrived.frameIndex !== null || modelFormatOf(arrived.identifiers) !== null,
      )
      await enqueueAll(jobs, tx, 'secure-original', payloads(pending))
      const { soon = [], later = [] } = Object.groupBy(pictured, ({ done }) =>
        done.outcome === 'stored' && done.imageKind === 'cbct' && done.inSeries > 1 ? 'later' : 'soon',
      )
      await enqueueAll(jobs, tx, 'make-renditions', payloads(soon))
      await enqueueAll(jobs, tx, 'make-renditions', payloads(later), ofSlices)
      const due = stored.filter((one) => one.arrived.archive.due)
      await enqueueAll(jobs, tx, 'fill-archive', payloads(due), { delaySeconds: fillArchiveAfterSeconds })
      await recordInTransaction(tx, ...stored.map((one) => one.event(one.done)))
      return registered
    })
  }
}
