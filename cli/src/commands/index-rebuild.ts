import { connectJobs } from '@bitewing/db'
import { rebuildDeletions, rebuildIndex, rebuildTenants } from '@bitewing/gateway/operations'
import { chosenTenants } from '../chosen-tenants.ts'
import type { Command } from '../command.ts'

export const indexRebuild: Command = {
  name: 'index rebuild',
  summary: 'read every original again and bring the index up to it',
  usage: 'index rebuild [--tenant SLUG]',
  help: `Refreshes what was derived from the images, and brings back what Postgres lost and the object store knows:
practices with their keys, AE titles and devices, deletions, images. An empty database that was migrated is enough;
the master key and the object store have to be the right ones. Safe to repeat.

It does not bring back people and passwords, tokens, shares, the audit log, patients' records and what staff wrote
(matches, annotations, plans …): restore Postgres from a backup for these.`,
  options: { tenant: { type: 'string' } },
  positionals: [],
  async run(operator, given) {
    const { db } = operator
    const { objectStore, signingKey } = await operator.store()
    const { publicKey } = signingKey
    const tenants = await rebuildTenants({ db, objectStore, publicKey })
    const data: Record<string, unknown> = { practices: tenants }
    const lines = [
      ...(tenants.restored.length > 0 ? [`practices restored: ${tenants.restored.join(', ')}`] : []),
      ...tenants.failed.map(({ tenantId, reason }) => `practice ${tenantId} was not restored: ${reason}`),
    ]
    let failed = tenants.failed.length > 0
    const jobs = await connectJobs({
      url: operator.environment.DATABASE_URL,
      supervise: false,
      onError: () => undefined,
    })
    try {
      for (const tenant of await chosenTenants(operator, given)) {
        const known = await rebuildDeletions({ db, objectStore, publicKey }, tenant.id)
        const rebuilt = await rebuildIndex(
          { db, jobs, archive: operator.archive(), objectStore },
          tenant.id,
          known,
          (done) => {
            if (done % 100 === 0) given.progress(`${tenant.slug}: ${done} originals`)
          },
        )
        data[tenant.slug] = { ...rebuilt, unreadableManifests: known.unreadable }
        failed ||= rebuilt.failed.length > 0 || known.unreadable.length > 0
        lines.push(
          `${tenant.slug}: ${rebuilt.refreshed} refreshed, ${rebuilt.restored} restored, ${rebuilt.failed.length} failed`,
          ...rebuilt.failed.map(({ instanceId, reason }) => `  ${instanceId}: ${reason}`),
          ...known.unreadable.map((name) => `  ${name}: damaged, or not signed by this system`),
        )
        if (rebuilt.archived > 0) {
          lines.push(
            `  ${rebuilt.archived} lie in the archive of the object store: those without a row are being fetched, run it again tomorrow.`,
          )
        }
        if (rebuilt.archiveAway > 0) {
          lines.push('  Orthanc does not answer: run "bitewing archive restore" when it does.')
        }
      }
    } finally {
      await jobs.stop({ graceful: true, timeout: 5000 })
    }
    return { data, text: lines.join('\n'), failed }
  },
}
