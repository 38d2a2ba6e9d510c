import type { Database } from '@bitewing/db'

/** Any number that no other advisory lock of ours uses. */
const lockKey = 4_250_118_201

/** Runs `work` while no other worker does, or not at all. The lock ends with its connection, however that ends. */
export async function withIngestLock(db: Database, work: () => Promise<void>): Promise<void> {
  const connection = await db.client.reserve()
  try {
    const [row] = await connection<{ locked: boolean }[]>`SELECT pg_try_advisory_lock(${lockKey}) AS locked`
    if (!row?.locked) return
    try {
      await work()
    } finally {
      await connection`SELECT pg_advisory_unlock(${lockKey})`
    }
  } finally {
    connection.release()
  }
}
