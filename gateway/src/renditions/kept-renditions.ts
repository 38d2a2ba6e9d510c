import { Readable } from 'node:stream'
import { withTenant, type Database } from '@bitewing/db'
import { keptRenditions } from '@bitewing/db/schema'
import { sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import type { ObjectName, ObjectStore } from '../object-store/object-store.ts'
import { createRecent } from '../recent.ts'
import { createMakeOnce } from './make-once.ts'

export type KeptRenditions = {
  /**
   * A rendition that was made before, else made now and kept; many who ask at once, of whichever process, wait for
   * the same one. Its name
   * says all that it is made from, so what is kept is never stale.
   *
   * @param isMadeUnasked whether it stands among those that every image has; others share the practice's quota
   */
  get(
    rendition: { tenantId: string; instanceId: string; name: string; isMadeUnasked: boolean },
    make: () => Promise<Buffer>,
  ): Promise<Buffer>
  /** Its bytes where it was made before, else null: told without reading it. */
  bytesOf(object: ObjectName): Promise<number | null>
}

/** Beside their bytes, since a practice could ask for millions of tiny viewports. */
const keptMax = 50_000
/** Pushed out down to this share of the quota, so that not every request has to. */
const keptShare = 0.9
/**
 * Of this process. No picture stays longer than a practice's key does (`createTenantKeys`): where that is destroyed,
 * nothing that it opened is left either.
 */
const recent = { bytesMax: 32 * 1024 * 1024, entryBytesMax: 1024 * 1024, ageMsMax: 30_000 }
const noteUseMs = 3_600_000
const usesNotedMax = 10_000

/**
 * Renditions made on request, kept in the object store within a quota for each practice: those that nobody has used
 * for longest are pushed out by new ones, so that asking for ever other viewports fills no disk and does not push out
 * what every image has.
 *
 * @param keptBytesMax of one practice
 */
export function createKeptRenditions({
  db,
  objectStore,
  log,
  keptBytesMax,
}: {
  db: Database
  objectStore: ObjectStore
  log: Logger
  keptBytesMax: number
}): KeptRenditions {
  const makeOnce = createMakeOnce({ db })
  const underWay = new Map<string, Promise<Buffer>>()
  const usesNoted = new Map<string, number>()

  const inMemory = createRecent<Buffer>({ ...recent, bytesOf: ({ byteLength }) => byteLength })

  /** Null when there is none, and when it is damaged or the store away: it can be made anew. Whole, so that damage shows. */
  async function read(object: ObjectName): Promise<Buffer | null> {
    const bytes = await objectStore.getBytes(object).catch(() => null)
    // a copy: memory that the store gave may be freed by whoever has sent it
    if (bytes && bytes.byteLength <= recent.entryBytesMax) inMemory.put(keyOf(object), Buffer.from(bytes))
    return bytes
  }

  /** At most once in an hour, and nobody waits for it. */
  function noteUse({ tenantId, name }: ObjectName): void {
    const key = keyOf({ tenantId, name })
    const now = Date.now()
    if (now - (usesNoted.get(key) ?? 0) < noteUseMs) return
    if (usesNoted.size >= usesNotedMax) usesNoted.clear()
    usesNoted.set(key, now)
    withTenant(db, tenantId, (tx) =>
      tx.execute(sql`UPDATE kept_renditions SET used_at = now()
        WHERE tenant_id = ${tenantId} AND name = ${name} AND used_at < now() - interval '1 hour'`),
    ).catch((error: unknown) => log.warn({ err: error }, 'the use of a rendition was not noted'))
  }

  async function keep(
    { tenantId, instanceId, name, isMadeUnasked }: Parameters<KeptRenditions['get']>[0],
    bytes: Buffer,
  ): Promise<void> {
    if (!isMadeUnasked && bytes.byteLength > keptBytesMax * (1 - keptShare)) return
    await objectStore.put({ tenantId, name }, Readable.from([bytes]), { durable: false })
    if (isMadeUnasked) return
    const pushedOut = await withTenant(db, tenantId, async (tx) => {
      await tx
        .insert(keptRenditions)
        .values({ tenantId, instanceId, name, bytes: bytes.byteLength })
        .onConflictDoUpdate({
          target: [keptRenditions.tenantId, keptRenditions.name],
          set: { bytes: bytes.byteLength, usedAt: new Date() },
        })
      const {
        rows: [held],
      } = await tx.execute<{ bytes: string; count: string }>(
        sql`SELECT coalesce(sum(bytes), 0) AS bytes, count(*) AS count FROM kept_renditions`,
      )
      if (Number(held?.bytes) <= keptBytesMax && Number(held?.count) <= keptMax) return []
      const { rows } = await tx.execute<{ name: string }>(sql`
        DELETE FROM kept_renditions WHERE name IN (
          SELECT name FROM (
            SELECT name, sum(bytes) OVER newest AS upto, row_number() OVER newest AS place
            FROM kept_renditions WINDOW newest AS (ORDER BY used_at DESC, name ROWS UNBOUNDED PRECEDING)
          ) AS ranked
          WHERE upto > ${Math.floor(keptBytesMax * keptShare)} OR place > ${Math.floor(keptMax * keptShare)}
        ) RETURNING name`)
      return rows
    })
    for (const { name } of pushedOut) {
      inMemory.delete(keyOf({ tenantId, name }))
      await objectStore.delete({ tenantId, name })
    }
  }

  return {
    async get(rendition, make) {
      const { tenantId, name, isMadeUnasked } = rendition
      const kept = inMemory.get(keyOf(rendition)) ?? (await read({ tenantId, name }))
      if (kept) {
        if (!isMadeUnasked) noteUse({ tenantId, name })
        return kept
      }
      const key = keyOf(rendition)
      const running = underWay.get(key)
      if (running) return running
      const answer = Promise.withResolvers<Buffer>()
      underWay.set(key, answer.promise)
      // the answer does not wait for the copy; those who ask before it is there share this one
      const makeAndKeep = async () => {
        const bytes = await make()
        answer.resolve(bytes)
        await keep(rendition, bytes).catch((error: unknown) =>
          log.warn({ err: error }, 'a rendition was not kept'),
        )
      }
      void makeOnce({ tenantId, name }, () => read({ tenantId, name }), makeAndKeep)
        .then((bytes) => bytes && answer.resolve(bytes), answer.reject) // after an answer neither does anything
        .finally(() => underWay.delete(key))
      return answer.promise
    },
    async bytesOf(object) {
      return (await objectStore.head(object).catch(() => null))?.bytes ?? null
    },
  }
}

function keyOf({ tenantId, name }: ObjectName): string {
  return `${tenantId} ${name}`
}
