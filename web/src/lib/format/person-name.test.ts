import { expect, test } from 'vitest'
import { listName, parsePersonName, spokenName } from './person-name.ts'

test('carets become the order people expect', () => {
  const name = parsePersonName('Côté^Geneviève')
  expect(listName(name)).toBe('Côté, Geneviève')
  expect(spokenName(name)).toBe('Geneviève Côté')
})

test.each([
  ['Tremblay^Marc^André^Dr^Jr', 'Tremblay, Marc André'],
  ['Yamada^Tarou=山田^太郎=やまだ^たろう', 'Yamada, Tarou'],
  ['=山田^太郎', '山田, 太郎'],
  ['DOE', 'DOE'],
  ['^Zoé', 'Zoé'],
  ['^^^', ''],
  ['', ''],
])('%s is listed as %s', (dicom, listed) => {
  expect(listName(parsePersonName(dicom))).toBe(listed)
})
