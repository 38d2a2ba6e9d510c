import { createAudit } from '@bitewing/db'
import { shredTenant } from '@bitewing/gateway/operations'
import { slug } from '../arguments.ts'
import type { Command } from '../command.ts'
import { size } from '../table.ts'
import { UsageError } from '../usage-error.ts'

export const tenantShred: Command = {
  name: 'tenant shred',
  summary: 'destroy a practice: its key, its images and all it has, for good',
  usage: 'tenant shred SLUG [--yes SLUG]',
  help: `Destroys the practice's data key, and removes its images from Orthanc and the object store and its rows from
Postgres. Nothing brings them back but a backup that holds the key: remove it from your backups as well. Asks for the
slug again on standard input, or by --yes. Its audit log, which names nobody, stays. Broken off, run it again.`,
  options: { yes: { type: 'string' } },
  positionals: ['SLUG'],
  async run(operator, given) {
    const wanted = slug(given.positionals[0] ?? '')
    const { id } = await operator.tenant(wanted)
    if (given.options['yes'] === undefined) {
      given.progress(
        `Everything that ${wanted} has will be destroyed. Type its slug again, and end with Ctrl-D:`,
      )
    }
    const again = given.options['yes'] ?? (await given.readInput())
    if (again.trim() !== wanted) throw new UsageError('That is not its slug: nothing was done.')

    const { db } = operator
    const { objectStore } = await operator.store()
    const record = (what: string, detail: Record<string, unknown>) =>
      createAudit({ db }).record({
        tenantId: null,
        kind: 'settings.changed',
        outcome: 'success',
        actor: { kind: 'system', id: null },
        detail: { what, practice: id, ...detail },
      })
    await record('practice is being shredded', {})
    const shredded = await shredTenant(
      { db, archive: operator.archive(), objectStore },
      { id, slug: wanted },
      (line) => given.progress(line),
    )
    await record('practice shredded', { ...shredded })
    return {
      data: { id, slug: wanted, ...shredded },
      text: `The practice is gone: ${shredded.instances} images (${size(shredded.bytes)}). Backups may still hold its key.`,
    }
  },
}
