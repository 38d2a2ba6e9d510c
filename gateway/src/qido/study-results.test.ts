import { expect, test } from 'vitest'
import type { FoundStudyRow } from '../study-index/search-studies.ts'
import { createStudyResults } from './study-results.ts'

let reads = 0
const row = (
  id: string,
  rowVersion: string,
  instanceCount: number,
  { description = 'x', isArchived = false } = {},
): FoundStudyRow => ({
  id,
  rowVersion,
  isArchived,
  read() {
    reads++
    return {
      studyInstanceUid: `1.2.${id}`,
      seriesCount: 1,
      instanceCount,
      isArchived,
      modalities: ['IO'],
      sopClassUids: ['1.2.3'],
      attributes: {
        '00081030': { vr: 'LO', Value: [description] },
        '00080021': { vr: 'DA', Value: ['20240101'] },
      },
    }
  },
})
const parsed = (json: string) => JSON.parse(json) as Record<string, { Value?: unknown[] }>[] // made above

test('a study is taken apart once, and again when its row has changed', () => {
  const results = createStudyResults()
  const ask = (...rows: FoundStudyRow[]) => parsed(results(rows, new Set(), 'http://a/dicom-web'))
  reads = 0
  const first = ask(row('1', '700', 3), row('2', '701', 5))
  expect(first.map((one) => one['00201208']?.Value)).toEqual([[3], [5]])
  expect(ask(row('2', '701', 5), row('1', '700', 3))).toEqual(first.toReversed())
  expect(reads).toBe(2)

  expect(ask(row('1', '702', 4)).map((one) => one['00201208']?.Value)).toEqual([[4]])
  expect(reads).toBe(3)

  // the study's row is the same when one of its instances goes to the archive, and when it comes back
  const states = [true, false, true].map((isArchived) => ask(row('1', '702', 4, { isArchived }))[0])
  expect(states.map((one) => one?.['00080056']?.Value?.[0])).toEqual(['NEARLINE', 'ONLINE', 'NEARLINE'])
  expect(reads).toBe(4)
})

test('what was asked for and by which address are told apart', () => {
  const results = createStudyResults()
  const rows = [row('1', '700', 3)]
  const forms = [
    ...['http://a/dicom-web', 'http://b/dicom-web'].map((url) => results(rows, new Set(), url)),
    results(rows, new Set(['00080021']), 'http://a/dicom-web'),
    results(rows, 'all', 'http://a/dicom-web'),
  ]
  const [first, other, included] = forms.map((json) => parsed(json)[0])
  expect(first?.['00081190']?.Value).toEqual(['http://a/dicom-web/studies/1.2.1'])
  expect(other?.['00081190']?.Value).toEqual(['http://b/dicom-web/studies/1.2.1'])
  expect([first?.['00080021'], included?.['00080021']?.Value]).toEqual([undefined, ['20240101']])
})

test('what is kept is bounded, and answers stay right beyond it', () => {
  const results = createStudyResults()
  const large = 'x'.repeat(1024 * 1024)
  for (let index = 0; index < 20; index++) {
    const [one] = parsed(results([row(String(index), '700', index, { description: large })], new Set(), ''))
    expect(one?.['00201208']?.Value).toEqual([index])
  }
  reads = 0
  results([row('19', '700', 19, { description: large })], new Set(), '')
  results([row('0', '700', 0, { description: large })], new Set(), '')
  expect(reads).toBe(1)
})
