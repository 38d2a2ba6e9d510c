import { listDeletions } from '@bitewing/db'
import { needed } from '../arguments.ts'
import type { Command } from '../command.ts'

export const studyDeleted: Command = {
  name: 'study deleted',
  summary: 'what a practice has deleted and can still restore',
  usage: 'study deleted --tenant SLUG',
  help: 'By Study Instance UID, with the day after which it is gone for good, and what came again meanwhile.',
  options: { tenant: { type: 'string' } },
  positionals: [],
  async run(operator, given) {
    const tenant = await operator.tenant(needed(given, 'tenant'))
    const deletions = await listDeletions(operator.db, tenant.id)
    const lines = deletions.map((one) => {
      const returned = one.returnedCount > 0 ? `, ${one.returnedCount} came again: waits for a decision` : ''
      return `${one.studyInstanceUid}  ${one.level}, ${one.instanceCount} images, until ${one.purgeAfter.toISOString().slice(0, 10)}${returned}`
    })
    return {
      data: deletions.map(({ tenantId: _, studyId: __, ...deletion }) => deletion),
      text: lines.length > 0 ? lines.join('\n') : 'Nothing is deleted.',
    }
  },
}
