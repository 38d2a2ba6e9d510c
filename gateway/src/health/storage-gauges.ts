import { asSystem, type Database } from '@bitewing/db'
import { sql } from 'drizzle-orm'
import { Gauge, type Registry } from 'prom-client'

/**
 * `bitewing_stored_bytes` and `bitewing_stored_objects` by practice, by what it is (`original`, `rendition`,
 * `kept-rendition`, `orthanc-copy`) and by tier (`hot`, `warm`, `cold`): from counts in the database, read when somebody asks. Every process tells the same, so that of
 * several the first is taken.
 */
export function storageGauges({ db, metrics }: { db: Database; metrics: Registry }): void {
  for (const [of, help] of [
    ['objects', 'Images that a practice stores, and those of them that have pictures'],
    ['bytes', 'Bytes that a practice stores, before encryption'],
  ] as const) {
    new Gauge({
      name: `bitewing_stored_${of}`,
      help,
      labelNames: ['tenant', 'what', 'tier'],
      registers: [metrics],
      aggregator: 'first',
      async collect() {
        const { rows } = await asSystem(db, (tx) =>
          tx.execute<{ tenant: string; what: string; tier: string; objects: string; bytes: string }>(
            sql`SELECT tenant, what, tier, objects, bytes FROM door_storage_counts()`,
          ),
        ).catch(() => ({ rows: [] })) // the database being away is told by /readyz
        this.reset()
        for (const row of rows) {
          this.set({ tenant: row.tenant, what: row.what, tier: row.tier }, Number(row[of]))
        }
      },
    })
  }
}
