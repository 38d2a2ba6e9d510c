import { verifyStore } from '@bitewing/gateway/operations'
import { chosenTenants } from '../chosen-tenants.ts'
import type { Command } from '../command.ts'
import { size } from '../table.ts'

export const storeVerify: Command = {
  name: 'store verify',
  summary: 'read every original in the object store and compare it with what arrived',
  usage: 'store verify [--tenant SLUG] [--repair] [--restart]',
  help: `Finds originals that are missing or altered. With --repair it puts them there again from Orthanc, where Orthanc
holds exactly these bytes. Goes on where it was broken off; --restart begins anew. Exit code 1 when something remains.`,
  options: { tenant: { type: 'string' }, repair: { type: 'boolean' }, restart: { type: 'boolean' } },
  positionals: [],
  async run(operator, given) {
    const { db } = operator
    const { objectStore } = await operator.store()
    const repair = given.options['repair'] === 'true'
    const data: Record<string, unknown> = {}
    const lines: string[] = []
    let failed = false
    for (const { id, slug } of await chosenTenants(operator, given)) {
      const verdict = await verifyStore(
        { db, archive: operator.archive(), objectStore },
        id,
        { repair, fresh: given.options['restart'] === 'true' },
        (done, total) => given.progress(`${slug}: ${done} of ${total} originals`),
      )
      data[slug] = verdict
      const { checked, bytes, archived, waiting, missing, altered, repaired } = verdict
      failed ||= missing.length + altered.length > 0
      lines.push(
        `${slug}: ${checked} originals read (${size(bytes)}), ${missing.length} missing, ` +
          `${altered.length} altered, ${repaired.length} repaired, ${waiting} still to be secured, ${archived} in the archive and not read`,
        ...missing.map((instance) => `  ${instance}: missing`),
        ...altered.map((instance) => `  ${instance}: altered`),
      )
    }
    if (failed) {
      lines.push(
        repair
          ? 'Orthanc does not have these: bring them back from a backup of the object store, or upload them again.'
          : 'Run it again with --repair: what Orthanc still has comes back.',
      )
    }
    return { data, text: lines.join('\n'), failed }
  },
}
