import { createApiToken, createAudit } from '@bitewing/db'
import { expiry, needed, scopes } from '../arguments.ts'
import type { Command } from '../command.ts'

export const tokenCreate: Command = {
  name: 'token create',
  summary: 'make an API token for viewers and machines',
  usage: 'token create --tenant SLUG --scope read,write,delete [--expires 90d] [--name NAME]',
  help: 'Prints the token alone. It is shown this once; only its hash is kept.',
  options: {
    tenant: { type: 'string' },
    scope: { type: 'string' },
    expires: { type: 'string' },
    name: { type: 'string' },
  },
  positionals: [],
  async run(operator, given) {
    const granted = scopes(needed(given, 'scope'))
    const expiresAt = expiry(given.options['expires'])
    const tenant = await operator.tenant(needed(given, 'tenant'))
    const token = await createApiToken(operator.db, {
      tenantId: tenant.id,
      name: given.options['name'] ?? 'operator',
      scopes: granted,
      expiresAt,
    })
    await createAudit({ db: operator.db }).record({
      tenantId: tenant.id,
      kind: 'settings.changed',
      outcome: 'success',
      actor: { kind: 'system', id: null },
      detail: { what: 'token created', scopes: granted.join(',') },
    })
    return { data: { token, scopes: granted, expiresAt: expiresAt?.toISOString() ?? null }, text: token }
  },
}
