import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@bitewing/testbed/temporary-folder'
import { expect, test } from 'vitest'
import { readPrices } from './read-prices.ts'

test('every kind of store has an example, which says that it is one and gets cheaper from tier to tier', async () => {
  for (const url of ['file:///objects', 's3://bucket', 'azblob://images?region=canadaeast', 'gs://images']) {
    const { source, perGibMonth } = await readPrices(undefined, url)
    expect(source).toContain('Example, not a quote')
    expect(perGibMonth.warm).toBeLessThanOrEqual(perGibMonth.hot)
    expect(perGibMonth.cold).toBeLessThan(perGibMonth.warm)
  }
})

test("the operator's table counts instead, as it is now; a mistake in it is named", async () => {
  await using folder = { ...(await temporaryFolder('prices')), [Symbol.asyncDispose]: () => folder.remove() }
  const path = join(folder.path, 'prices.json')
  const table = {
    source: 'contract 7',
    date: '2026-01-01',
    currency: 'CAD',
    perGibMonth: { hot: 1, warm: 0.5, cold: 0.1, orthanc: 2 },
  }
  await writeFile(path, JSON.stringify(table))
  expect(await readPrices(path, 's3://bucket')).toEqual(table)
  await writeFile(path, JSON.stringify({ ...table, perGibMonth: { ...table.perGibMonth, cold: -1 } }))
  await expect(readPrices(path, 's3://bucket')).rejects.toThrow('perGibMonth.cold')
  await writeFile(path, '{')
  await expect(readPrices(path, 's3://bucket')).rejects.toThrow('STORAGE_PRICES')
})
