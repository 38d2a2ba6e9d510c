import { plannedMoves, plannedSaving, readTierPolicy, tieredBytesMin, withTenant } from '@bitewing/db'
import { readPrices, renditionVersion } from '@bitewing/gateway/operations'
import { chosenTenants } from '../chosen-tenants.ts'
import type { Command } from '../command.ts'
import { amount, size, table } from '../table.ts'

export const storageTiersPlan: Command = {
  name: 'storage tiers plan',
  summary: 'a dry run: what would move to cheaper storage, and what that saves a month',
  usage: 'storage tiers plan [--tenant SLUG]',
  help: `Prints what the next runs would move by each practice's policy, as if it were on, and moves nothing. Amounts are of
the price table that STORAGE_PRICES names, or of the example for this kind of store: storage alone, without what moving,
recalling and transfer cost. Images whose pictures are not made yet are not counted as archived.`,
  options: { tenant: { type: 'string' } },
  positionals: [],
  async run(operator, given) {
    const { objectStore, url } = await operator.store()
    const store = await objectStore.tiers()
    const prices = await readPrices(operator.environment.STORAGE_PRICES, url())
    const practices: Record<string, unknown> = {}
    const rows: string[][] = []
    const notes: string[] = []
    let total = 0
    for (const { id, slug } of await chosenTenants(operator, given)) {
      const { policy, moves } = await withTenant(operator.db, id, async (tx) => {
        const its = await readTierPolicy(tx, id)
        const question = { policy: its, store, now: new Date(), bytesMin: tieredBytesMin, renditionVersion }
        return { policy: its, moves: await plannedMoves(tx, question) }
      })
      const saving = plannedSaving(moves, prices)
      total += saving
      practices[slug] = { policy, moves, savedPerMonth: saving }
      for (const move of moves) {
        rows.push([
          slug,
          move.from,
          move.to,
          String(move.objects),
          size(move.bytes),
          String(move.evicted),
          size(move.evictedBytes),
          amount(plannedSaving([move], prices), prices.currency),
        ])
      }
      if (!policy.enabled) notes.push(`${slug}: the policy is off, nothing moves until it is on`)
    }
    if (!store.warm && !store.cold)
      notes.push('This store has one class of storage: only copies in Orthanc can go.')
    const header = ['practice', 'from', 'to', 'originals', 'of', 'Orthanc gives up', 'of', 'saves a month']
    return {
      data: { store, prices, practices, savedPerMonth: total },
      text: [
        rows.length > 0 ? table(header, rows) : 'Nothing is due.',
        ...(rows.length > 0 ? [`In all ${amount(total, prices.currency)} a month less.`] : []),
        ...notes,
        `Prices of ${prices.date}: ${prices.source}`,
      ].join('\n'),
    }
  },
}
