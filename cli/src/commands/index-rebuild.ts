import { asSystem } from '@bitewing/db'
import { createOrthancArchive, rebuildIndex } from '@bitewing/gateway/operations'
import { sql } from 'drizzle-orm'
import type { Command } from '../command.ts'

export const indexRebuild: Command = {
  name: 'index rebuild',
  summary: 'read every original again and bring the index up to it',
  usage: 'index rebuild [--tenant SLUG]',
  help: 'Refreshes what was derived from the images, and brings back rows that Postgres lost. Safe to repeat.',
  options: { tenant: { type: 'string' } },
  positionals: [],
  async run(operator, given) {
    const { db } = operator
    const slug = given.options['tenant']
    const { rows: all } = await asSystem(db, (tx) =>
      tx.execute<{ id: string; slug: string }>(sql`SELECT * FROM door_tenants()`),
    )
    const chosen = slug === undefined ? all : [{ id: (await operator.tenant(slug)).id, slug }]
    const archive = createOrthancArchive({ url: operator.environment.ORTHANC_URL })
    const objectStore = await operator.objectStore()
    const data: Record<string, unknown> = {}
    const lines: string[] = []
    let failed = false
    try {
      for (const tenant of chosen) {
        const rebuilt = await rebuildIndex({ db, archive, objectStore }, tenant.id, (done) => {
          if (done % 100 === 0) given.progress(`${tenant.slug}: ${done} originals`)
        })
        data[tenant.slug] = rebuilt
        failed ||= rebuilt.failed.length > 0
        lines.push(
          `${tenant.slug}: ${rebuilt.refreshed} refreshed, ${rebuilt.restored} restored, ${rebuilt.failed.length} failed`,
          ...rebuilt.failed.map(({ instanceId, reason }) => `  ${instanceId}: ${reason}`),
        )
      }
    } finally {
      await archive.close()
    }
    return { data, text: lines.join('\n'), failed }
  },
}
