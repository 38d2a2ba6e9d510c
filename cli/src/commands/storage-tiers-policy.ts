import { readTierPolicy, recordInTransaction, saveTierPolicy, TierPolicy, withTenant } from '@bitewing/db'
import { needed } from '../arguments.ts'
import type { Command } from '../command.ts'
import { UsageError } from '../usage-error.ts'

const switches = { on: true, off: false } as const

export const storageTiersPolicy: Command = {
  name: 'storage tiers policy',
  summary: "show or change when a practice's originals go to cheaper storage",
  usage:
    'storage tiers policy --tenant SLUG [--enabled on|off] [--hot-months N] [--warm-months N] [--cold on|off] [--evict on|off] [--keep-cases on|off]',
  help: `Months count from an image's arrival. Off by default; then: hot 6 months, warm to 24, cold afterwards, Orthanc's copy
goes when the hot months are over, and patients with a treatment case of the last three years stay as they are.
Look at "storage tiers plan" before it is switched on.`,
  options: {
    tenant: { type: 'string' },
    enabled: { type: 'string' },
    'hot-months': { type: 'string' },
    'warm-months': { type: 'string' },
    cold: { type: 'string' },
    evict: { type: 'string' },
    'keep-cases': { type: 'string' },
  },
  positionals: [],
  async run(operator, given) {
    const { id } = await operator.tenant(needed(given, 'tenant'))
    const word = (name: string, current: boolean): boolean => {
      const said = given.options[name]
      if (said === undefined) return current
      if (said !== 'on' && said !== 'off') throw new UsageError(`--${name} is on or off`)
      return switches[said]
    }
    const months = (name: string, current: number): number => {
      const said = given.options[name]
      if (said === undefined) return current
      if (!/^\d{1,4}$/.test(said)) throw new UsageError(`--${name} is a number of months`)
      return Number(said)
    }
    const policy = await withTenant(operator.db, id, async (tx) => {
      const current = await readTierPolicy(tx, id)
      const wanted = TierPolicy.safeParse({
        enabled: word('enabled', current.enabled),
        hotMonths: months('hot-months', current.hotMonths),
        warmMonths: months('warm-months', current.warmMonths),
        cold: word('cold', current.cold),
        evict: word('evict', current.evict),
        keepCases: word('keep-cases', current.keepCases),
      })
      if (!wanted.success)
        throw new UsageError('--hot-months is at most --warm-months, and both at most 1200')
      if (Object.keys(given.options).some((name) => name !== 'tenant' && name !== 'json')) {
        await saveTierPolicy(tx, id, wanted.data)
        await recordInTransaction(tx, {
          tenantId: id,
          kind: 'settings.changed',
          outcome: 'success',
          actor: { kind: 'system', id: null },
          detail: { what: 'storage tiers', ...wanted.data },
        })
      }
      return wanted.data
    })
    const { enabled, hotMonths, warmMonths, cold, evict, keepCases } = policy
    return {
      data: policy,
      text: [
        enabled ? 'on' : 'off: nothing moves',
        `hot for ${hotMonths} months, then warm${cold ? `, cold after ${warmMonths}` : ''}`,
        evict ? `Orthanc gives its copy up after ${hotMonths} months` : 'Orthanc keeps its copies',
        keepCases
          ? 'patients with a treatment case of the last three years stay'
          : 'treatment cases make no difference',
      ].join('\n'),
    }
  },
}
