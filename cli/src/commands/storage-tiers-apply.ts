import { applyTiers, type TiersApplied } from '@bitewing/gateway/operations'
import { chosenTenants } from '../chosen-tenants.ts'
import type { Command } from '../command.ts'
import { size } from '../table.ts'

const words: Record<NonNullable<TiersApplied['stopped']>, string> = {
  off: 'the policy is off',
  'store-moves': 'all objects are on their way to another store: run it again afterwards',
  budget: 'there is more to do',
}

/** Whoever starts it by hand wants all of it. */
const wholeBudget = { originalsMax: Infinity, bytesMax: Infinity }

export const storageTiersApply: Command = {
  name: 'storage tiers apply',
  summary: "move originals to the tiers of their practices' policies now",
  usage: 'storage tiers apply [--tenant SLUG]',
  help: `Does at once what the worker does a little at a time. What is archived or given up by Orthanc is read from the object
store and compared with what arrived before. It may be broken off anywhere and run again. Exit code 1 when originals
were left where they are because the object store has not what arrived: see "store verify".`,
  options: { tenant: { type: 'string' } },
  positionals: [],
  async run(operator, given) {
    const { db } = operator
    const { objectStore } = await operator.store()
    const data: Record<string, TiersApplied> = {}
    const lines: string[] = []
    for (const { id, slug } of await chosenTenants(operator, given)) {
      const applied = await applyTiers(
        { db, archive: operator.archive(), objectStore, log: { warn: () => undefined } },
        id,
        wholeBudget,
        { onProgress: (done) => given.progress(`${slug}: ${done} originals`) },
      )
      data[slug] = applied
      const { toWarm, toCold, bytes, evicted, evictedBytes, left, stopped } = applied
      lines.push(
        stopped === 'off'
          ? `${slug}: ${words.off}`
          : `${slug}: ${toWarm} to warm, ${toCold} to cold (${size(bytes)}), Orthanc gave up ${evicted} ` +
              `(${size(evictedBytes)}), ${left.length} left${stopped ? `; ${words[stopped]}` : ''}`,
        ...left.map((instance) => `  ${instance}: left where it is`),
      )
    }
    return { data, text: lines.join('\n'), failed: Object.values(data).some(({ left }) => left.length > 0) }
  },
}
