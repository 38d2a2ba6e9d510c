import { createAudit, createTenant, findTenant } from '@bitewing/db'
import { generateDataKey, wrapDataKey } from '@bitewing/gateway/operations'
import { aeTitle, needed, slug } from '../arguments.ts'
import type { Command } from '../command.ts'
import { UsageError } from '../usage-error.ts'

export const tenantCreate: Command = {
  name: 'tenant create',
  summary: 'make a practice',
  usage: 'tenant create SLUG --name NAME --ae-title AET [--locale fr|en]',
  help: 'Makes a practice with a data key of its own. Images sent to the AE title are its.',
  options: { name: { type: 'string' }, 'ae-title': { type: 'string' }, locale: { type: 'string' } },
  positionals: ['SLUG'],
  async run(operator, given) {
    const wanted = slug(given.positionals[0] ?? '')
    const name = needed(given, 'name')
    const called = aeTitle(needed(given, 'ae-title'))
    const locale = given.options['locale'] ?? 'fr'
    if (locale !== 'fr' && locale !== 'en') throw new UsageError('--locale is fr or en.')
    if (await findTenant(operator.db, wanted)) throw new Error(`There is a practice "${wanted}" already.`)

    const [masterKey] = await operator.masterKeys()
    const { id } = await createTenant(operator.db, {
      slug: wanted,
      name,
      aeTitle: called,
      locale,
      wrapDataKey: (tenantId) => wrapDataKey({ masterKey, tenantId, dataKey: generateDataKey() }),
    }).catch((error: unknown) => {
      if (isTaken(error)) throw new Error(`The AE title ${called} belongs to another practice.`)
      throw error
    })
    await createAudit({ db: operator.db }).record({
      tenantId: id,
      kind: 'settings.changed',
      outcome: 'success',
      actor: { kind: 'system', id: null },
      detail: { what: 'tenant created' },
    })
    return {
      data: { id, slug: wanted, name, aeTitle: called },
      text: `Practice ${wanted} made; its AE title is ${called}.`,
    }
  },
}

/** SQLSTATE 23505, unique violation. */
function isTaken(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && cause.code === '23505') return true
  }
  return false
}
