import { createAudit } from '@bitewing/db'
import { rotateMasterKey } from '@bitewing/gateway/operations'
import type { Command } from '../command.ts'
import { UsageError } from '../usage-error.ts'

export const keyRotate: Command = {
  name: 'key rotate',
  summary: 'wrap every key by the new master key',
  usage: 'key rotate',
  help: `Replaces the master key while the system runs; no object is encrypted anew.

  1. Make a new key, and set it as MASTER_KEY_FILE, MASTER_KEY or (a key service's) MASTER_KEY_URL, and the old one as
     MASTER_KEY_PREVIOUS_FILE, MASTER_KEY_PREVIOUS or MASTER_KEY_PREVIOUS_URL, of gateway, worker and this command.
  2. Start gateway and worker again: from now on they open what either of the two wrapped.
  3. bitewing key rotate
  4. Put the new key into your backup, remove the old one from the configuration, and start once more.

Safe to repeat and to break off: what was wrapped anew stays so.`,
  options: {},
  positionals: [],
  async run(operator, given) {
    const masterKeys = await operator.masterKeys()
    if (masterKeys.length < 2) {
      throw new UsageError('There is one master key only: set the one before as MASTER_KEY_PREVIOUS.')
    }
    const { blobs } = await operator.store()
    const rotated = await rotateMasterKey({ db: operator.db, blobs, masterKeys }, (done, total) => {
      if (done % 100 === 0) given.progress(`${done} of ${total} practices`)
    })
    await createAudit({ db: operator.db }).record({
      tenantId: null,
      kind: 'settings.changed',
      outcome: rotated.failed.length === 0 ? 'success' : 'failure',
      actor: { kind: 'system', id: null },
      detail: { what: 'master key rotated', practices: rotated.rewrapped, failed: rotated.failed.length },
    })
    const lines = [
      `The keys of ${rotated.rewrapped} practices were wrapped anew, ${rotated.already} were so already.`,
      ...rotated.failed.map(({ slug, reason }) => `${slug}: ${reason}`),
      rotated.failed.length === 0
        ? 'The old master key is not needed any more: remove it from the configuration.'
        : 'Keep the old master key: some keys still need it.',
    ]
    return { data: rotated, text: lines.join('\n'), failed: rotated.failed.length > 0 }
  },
}
