import { createAudit } from '@bitewing/db'
import { cancelMove, moveStore } from '@bitewing/gateway/operations'
import { needed } from '../arguments.ts'
import type { Command } from '../command.ts'
import { size } from '../table.ts'

export const storageMigrate: Command = {
  name: 'storage migrate',
  summary: 'move all objects to another store while the system runs',
  usage: 'storage migrate --to URL | storage migrate --cancel',
  help: `URL is written as STORAGE_URL. Gateway and worker need the credentials of both stores, and the residency decision
of the new one, before it begins. They write to both while it lasts; every copy is read back and compared. Goes on
where it was broken off. Afterwards the system stays with the new store, also over a restart; set STORAGE_URL to it
when convenient. The old store stays as it is: remove it when you are sure. --cancel gives it up before the switch.`,
  options: { to: { type: 'string' }, cancel: { type: 'boolean' } },
  positionals: [],
  async run(operator, given) {
    const { db } = operator
    const configured = operator.environment.STORAGE_URL
    if (given.options['cancel'] === 'true') {
      const cancelled = await cancelMove(db, configured)
      return {
        data: { cancelled },
        text: cancelled ? 'The move was given up.' : 'No move is under way.',
        failed: !cancelled,
      }
    }
    const toUrl = needed(given, 'to')
    const { openAt } = await operator.store()
    const moved = await moveStore({
      db,
      configured,
      toUrl,
      open: openAt,
      onProgress: (line) => given.progress(line),
    })
    await createAudit({ db }).record({
      tenantId: null,
      kind: 'settings.changed',
      outcome: 'success',
      actor: { kind: 'system', id: null },
      detail: { what: 'object store moved', objects: moved.copied + moved.held, bytes: moved.bytes },
    })
    return {
      data: moved,
      text:
        `${moved.copied} objects were copied and compared, ${moved.held} were there already (${size(moved.bytes)} in all). ` +
        'The system uses the new store now: set STORAGE_URL to it.\n' +
        'The old store is as it was: remove it when "store verify" is content with the new one.',
    }
  },
}
