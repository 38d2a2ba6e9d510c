import { createAudit, createUser } from '@bitewing/db'
import { needed, role } from '../arguments.ts'
import type { Command } from '../command.ts'
import { UsageError } from '../usage-error.ts'

/** NIST SP 800-63B: length counts, composition rules do not. */
const passwordLengthMin = 12

export const userCreate: Command = {
  name: 'user create',
  summary: 'make a user, or give one a practice',
  usage: 'user create --tenant SLUG --email E --role ROLE [--name NAME] < PASSWORD',
  help: `The password is read from standard input (at least ${passwordLengthMin} characters).
Roles: owner, dentist, assistant, front-desk, auditor; operator needs no --tenant.`,
  options: {
    tenant: { type: 'string' },
    email: { type: 'string' },
    role: { type: 'string' },
    name: { type: 'string' },
    locale: { type: 'string' },
  },
  positionals: [],
  async run(operator, given) {
    const email = needed(given, 'email').toLowerCase()
    if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new UsageError('--email is not an e-mail address.')
    const wanted = role(needed(given, 'role'))
    const isOperator = wanted === 'operator'
    const tenant =
      isOperator && !given.options['tenant'] ? null : await operator.tenant(needed(given, 'tenant'))
    const password = (await given.readInput()).replace(/\r?\n$/, '')
    if (password.length < passwordLengthMin) {
      throw new UsageError(`The password on standard input needs at least ${passwordLengthMin} characters.`)
    }

    const made = await createUser(operator.db, {
      email,
      name: given.options['name'] ?? email.replace(/@.*/, ''),
      password,
      isOperator,
      locale: given.options['locale'] === 'en' ? 'en' : 'fr',
      membership: tenant && wanted !== 'operator' ? { tenantId: tenant.id, role: wanted } : null,
    })
    await createAudit({ db: operator.db }).record({
      tenantId: tenant?.id ?? null,
      kind: 'settings.changed',
      outcome: 'success',
      actor: { kind: 'system', id: null },
      detail: { what: made.existed ? 'membership changed' : 'user created', userId: made.id, role: wanted },
    })
    const text = made.existed
      ? `User existed; the role is now ${wanted}. The password was not changed.`
      : `User made with role ${wanted}.`
    return { data: { id: made.id, existed: made.existed, role: wanted }, text }
  },
}
