import { closeDatabase, connectDatabase } from '@bitewing/db'
import { fillArchive } from '../originals/fill-archive.ts'

/** Does now what the `fill-archive` jobs that are queued would do later, and takes them from the queue. */
export async function workOffFilling(
  system: Omit<Parameters<typeof fillArchive>[0], 'folder'> & { spoolDir: string },
  superuserUrl: string,
): Promise<void> {
  const superuser = connectDatabase(superuserUrl, 1)
  try {
    const { rows } = await superuser.client.query<{ data: { tenantId: string; instanceId: string } }>(
      `DELETE FROM pgboss.job WHERE name = 'fill-archive' AND state = 'created' RETURNING data`,
    )
    for (const { data } of rows) await fillArchive({ ...system, folder: system.spoolDir }, data)
  } finally {
    await closeDatabase(superuser)
  }
}
