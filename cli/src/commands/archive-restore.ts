import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { restoreArchive } from '@bitewing/gateway/operations'
import { chosenTenants } from '../chosen-tenants.ts'
import type { Command } from '../command.ts'
import { size } from '../table.ts'

export const archiveRestore: Command = {
  name: 'archive restore',
  summary: 'fill Orthanc again from the object store',
  usage: 'archive restore [--tenant SLUG] [--restart]',
  help: `For an Orthanc whose disk was lost. Every file is compared with what arrived before Orthanc gets it, and with what
Orthanc has afterwards. The system may run meanwhile: what is not back yet is read from the object store. Goes on
where it was broken off; --restart begins anew. Large files go through TMPDIR. Exit code 1 when something is lost.`,
  options: { tenant: { type: 'string' }, restart: { type: 'boolean' } },
  positionals: [],
  async run(operator, given) {
    const { db } = operator
    const { objectStore } = await operator.store()
    const folder = await mkdtemp(join(tmpdir(), 'bitewing-restore-'))
    const data: Record<string, unknown> = {}
    const lines: string[] = []
    let failed = false
    try {
      for (const { id, slug } of await chosenTenants(operator, given)) {
        const restored = await restoreArchive(
          { db, archive: operator.archive(), objectStore, folder },
          id,
          given.options['restart'] === 'true',
          (done, total) => given.progress(`${slug}: ${done} of ${total} files`),
        )
        data[slug] = restored
        failed ||= restored.lost.length > 0
        lines.push(
          `${slug}: ${restored.restored} files restored (${size(restored.bytes)}), ` +
            `${restored.present} were there, ${restored.others} are read from the object store alone, ` +
            `${restored.lost.length} lost`,
          ...restored.lost.map((instance) => `  ${instance}: in neither place`),
        )
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    return { data, text: lines.join('\n'), failed }
  },
}
