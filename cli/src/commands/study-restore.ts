import { restoreImages } from '@bitewing/db'
import { needed } from '../arguments.ts'
import type { Command } from '../command.ts'

export const studyRestore: Command = {
  name: 'study restore',
  summary: 'bring back what a practice deleted of a study',
  usage: 'study restore --tenant SLUG STUDY_INSTANCE_UID',
  help: 'All of the study that is not purged yet comes back as it was.',
  options: { tenant: { type: 'string' } },
  positionals: ['STUDY_INSTANCE_UID'],
  async run(operator, given) {
    const tenant = await operator.tenant(needed(given, 'tenant'))
    const [studyInstanceUid = ''] = given.positionals
    const restored = await restoreImages(operator.db, tenant.id, studyInstanceUid, {
      actor: { kind: 'system', id: null },
    })
    return {
      data: { restored },
      text: restored > 0 ? `${restored} images are back.` : 'There is nothing of this study to restore.',
      failed: restored === 0,
    }
  },
}
