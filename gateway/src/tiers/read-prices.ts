import { readFile } from 'node:fs/promises'
import { StoragePrices } from '@bitewing/db'
import { z } from 'zod'
import examples from './example-prices.json' with { type: 'json' }

const Examples = z.record(z.string(), StoragePrices)

/**
 * What a GiB costs in a month: the operator's table, or the example for the kind of store, which says that it is one.
 *
 * @param path `STORAGE_PRICES`, a JSON file as `StoragePrices` has it; read anew at each call
 * @param storageUrl of the store that counts
 * @throws naming what is wrong with the table
 */
export async function readPrices(path: string | undefined, storageUrl: string): Promise<StoragePrices> {
  if (path === undefined) {
    const example = Examples.parse(examples)[new URL(storageUrl).protocol.replace(':', '')]
    if (!example) throw new Error('there is no price table for this kind of store')
    return example
  }
  let table: unknown
  try {
    table = JSON.parse(await readFile(path, 'utf8'))
  } catch {
    throw new Error('STORAGE_PRICES cannot be read as JSON')
  }
  const parsed = StoragePrices.safeParse(table)
  if (parsed.success) return parsed.data
  const where = parsed.error.issues.map((issue) => issue.path.join('.') || 'the table').join(', ')
  throw new Error(`STORAGE_PRICES is not a price table: ${where}`)
}
