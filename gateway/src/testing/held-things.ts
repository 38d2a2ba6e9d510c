import { readdir } from 'node:fs/promises'
import { closeDatabase, connectDatabase } from '@bitewing/db'
import type { TestGateway } from './start-test-gateway.ts'

/** What lies where, to see that nothing is half-stored: rows, originals, Orthanc's instances, files of the spool. */
export async function heldThings({ database, orthanc, storeFolder, system }: TestGateway) {
  const db = connectDatabase(database.superuserUrl, 1)
  try {
    const {
      rows: [rows],
    } = await db.client.query<{ instances: number; studies: number; series: number }>(`
      SELECT (SELECT count(*)::int FROM instances) AS instances, (SELECT count(*)::int FROM studies) AS studies,
        (SELECT count(*)::int FROM series) AS series`)
    const statistics = await fetch(`${orthanc.url}/statistics`, {
      headers: { Authorization: orthanc.authorization },
    }).then(
      (response) => response.json() as Promise<{ CountInstances: number }>,
      () => null,
    )
    const files = await readdir(storeFolder, { recursive: true }).catch(() => [])
    return {
      rows,
      archive: statistics?.CountInstances ?? null,
      originals: files.filter((name) => /originals\/(?:..\/)?[0-9a-f-]{36}\.sealed$/.test(name)).length,
      unfinished: files.filter((name) => /incoming\/.+/.test(name)).length,
      spool: (await readdir(system.spoolDir)).length,
    }
  } finally {
    await closeDatabase(db)
  }
}
