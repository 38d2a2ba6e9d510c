import { createAudit, withTenant } from '@bitewing/db'
import { devices } from '@bitewing/db/schema'
import { aeTitle, needed, port } from '../arguments.ts'
import type { Command } from '../command.ts'

export const deviceAdd: Command = {
  name: 'device add',
  summary: 'register an X-ray machine or workstation',
  usage: 'device add --tenant SLUG --ae-title AET --host H --port P [--name NAME]',
  help: `Once a practice has a device, images from any other calling AE title wait in the quarantine.
Adding a device again changes its host and port.`,
  options: {
    tenant: { type: 'string' },
    'ae-title': { type: 'string' },
    host: { type: 'string' },
    port: { type: 'string' },
    name: { type: 'string' },
  },
  positionals: [],
  async run(operator, given) {
    const device = {
      aeTitle: aeTitle(needed(given, 'ae-title')),
      host: needed(given, 'host'),
      port: port(needed(given, 'port')),
      name: given.options['name'] ?? null,
    }
    const tenant = await operator.tenant(needed(given, 'tenant'))
    await withTenant(operator.db, tenant.id, (tx) =>
      tx
        .insert(devices)
        .values({ tenantId: tenant.id, ...device })
        .onConflictDoUpdate({ target: [devices.tenantId, devices.aeTitle], set: device }),
    )
    await createAudit({ db: operator.db }).record({
      tenantId: tenant.id,
      kind: 'settings.changed',
      outcome: 'success',
      actor: { kind: 'system', id: null },
      detail: { what: 'device added', aeTitle: device.aeTitle },
    })
    return { data: device, text: `Device ${device.aeTitle} at ${device.host}:${device.port} added.` }
  },
}
