import { readStorageUsage, storageCost, withTenant } from '@bitewing/db'
import { readPrices } from '@bitewing/gateway/operations'
import { chosenTenants } from '../chosen-tenants.ts'
import type { Command } from '../command.ts'
import { amount, size, table } from '../table.ts'

export const usage: Command = {
  name: 'usage',
  summary: 'what each practice stores, by tier, and what it costs a month',
  usage: 'usage [--tenant SLUG]',
  help: `From counts that are kept in the database. Amounts are of the price table that STORAGE_PRICES names, or of the example
for this kind of store: storage alone, without requests and transfer.`,
  options: { tenant: { type: 'string' } },
  positionals: [],
  async run(operator, given) {
    const { url } = await operator.store()
    const prices = await readPrices(operator.environment.STORAGE_PRICES, url())
    const practices: Record<string, unknown> = {}
    const rows: string[][] = []
    for (const { id, slug } of await chosenTenants(operator, given)) {
      const its = await withTenant(operator.db, id, readStorageUsage)
      const cost = storageCost(its, prices)
      practices[slug] = { ...its, costPerMonth: cost }
      const { hot, warm, cold } = its.originals
      rows.push([
        slug,
        String(hot.objects + warm.objects + cold.objects),
        ...[hot, warm, cold, its.renditions, its.orthancCopies].map(({ bytes }) => size(bytes)),
        amount(cost.total, prices.currency),
      ])
    }
    const header = ['practice', 'originals', 'hot', 'warm', 'cold', 'previews', 'in Orthanc', 'a month']
    return {
      data: { prices, practices },
      text: [table(header, rows), `Prices of ${prices.date}: ${prices.source}`].join('\n'),
    }
  },
}
