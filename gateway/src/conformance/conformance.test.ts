import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { expect, test } from 'vitest'
import { fillConformance } from './conformance-tables.ts'

const path = fileURLToPath(new URL('../../../docs/dicom-conformance.md', import.meta.url))

// UPDATE_DOCS=1 writes them anew.
test("the conformance statement's tables are those of the code", async () => {
  const document = await readFile(path, 'utf8')
  const filled = await format(fillConformance(document), { ...(await resolveConfig(path)), filepath: path })
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(path, filled)
  else expect(document).toBe(filled)
})

test('a table without a place, and a place without a table, are noticed', () => {
  expect(() => fillConformance('')).toThrow(/no place for resources/)
  expect(() => fillConformance('<!-- table: other --><!-- /table -->')).toThrow(/no table "other"/)
})
