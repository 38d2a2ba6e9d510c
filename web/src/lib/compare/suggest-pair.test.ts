import { expect, test } from 'vitest'
import type { ImageKind } from '#lib/image.ts'
import { suggestPair, type Candidate } from './suggest-pair.ts'

const image = (
  id: string,
  kind: ImageKind,
  studyDate: string | null,
  teeth: string[] = [],
  view: string | null = null,
): Candidate => ({ id, kind, studyDate, teeth, view })
const record = [
  image('pan0', 'panoramic', '2024-01-10'),
  image('pan1', 'panoramic', '2025-06-01'),
  image('pan2', 'panoramic', '2026-11-03'),
  image('bwR0', 'bitewing', '2024-01-10', ['14', '15', '16', '45', '46']),
  image('bwL0', 'bitewing', '2024-01-10', ['24', '25', '26', '35', '36']),
  image('bwR2', 'bitewing', '2026-11-03', ['14', '15', '16', '45', '46']),
  image('model', 'model', '2026-11-03'),
  image('undated', 'panoramic', null),
]

test('for a picture, the one of its kind farthest in time, the earlier first', () => {
  const of = (id: string) => suggestPair(record, record.find((each) => each.id === id) ?? null)
  expect(of('pan2')).toEqual({ before: 'pan0', after: 'pan2' })
  expect(of('pan0')).toEqual({ before: 'pan0', after: 'pan2' })
  expect(of('bwR2')).toEqual({ before: 'bwR0', after: 'bwR2' })
})

test('never the other side of the mouth, nor something of the same day, nor without a date', () => {
  const of = (id: string) => suggestPair(record, record.find((each) => each.id === id) ?? null)
  expect(of('bwL0')).toBeNull()
  expect(of('model')).toBeNull()
  expect(
    suggestPair([image('a', 'panoramic', '2026-01-01'), image('b', 'panoramic', '2026-01-01')], null),
  ).toBeNull()
})

test('for no picture, first and last of the kind that shows most change', () => {
  expect(suggestPair(record, null)).toEqual({ before: 'pan0', after: 'pan2' })
  const photographs = [
    image('p0', 'intraoral-photograph', '2025-01-01'),
    image('p1', 'intraoral-photograph', '2026-01-01'),
  ]
  expect(suggestPair([...record, ...photographs], null)).toEqual({ before: 'p0', after: 'p1' })
  expect(suggestPair([], null)).toBeNull()
})

test('a photograph goes with one of its view, and never with one of another', () => {
  const of = (id: string, studyDate: string, view: string | null) =>
    image(id, 'intraoral-photograph', studyDate, [], view)
  const right = of('right2', '2026-11-03', 'IV25')
  const photographs = [
    of('front0', '2024-01-10', 'IV03'),
    of('right0', '2024-01-10', 'IV25'),
    of('unknown', '2023-01-10', null),
    of('front2', '2026-11-03', 'IV03'),
    right,
  ]
  expect(suggestPair(photographs, right)).toEqual({ before: 'right0', after: 'right2' })
  // one that does not say may be of any
  const some = photographs.filter(({ id }) => id !== 'right0')
  expect(suggestPair(some, right)).toEqual({ before: 'unknown', after: 'right2' })
  expect(suggestPair([right, ...photographs.filter(({ view }) => view === 'IV03')], right)).toBeNull()
})
