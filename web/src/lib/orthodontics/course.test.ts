import type { OrthodonticVisit } from '@bitewing/db'
import { expect, test } from 'vitest'
import { appliancesOn } from './appliances-on.ts'
import { eventOffset } from './event-offset.ts'
import { parseNumber } from './parse-number.ts'
import { wireHistory } from './wire-history.ts'

const visit = (day: string, part: Partial<OrthodonticVisit>): OrthodonticVisit => ({
  id: day,
  day,
  upperWire: '',
  lowerWire: '',
  appliances: [],
  note: '',
  ...part,
})
const line = (kind: 'bracket' | 'elastic', change: 'placed' | 'removed', ...teeth: string[]) => ({
  id: `${kind}${change}`,
  kind,
  change,
  teeth,
})
// not in their order, as they may have been written
const visits = [
  visit('2025-09-02', { upperWire: '0.016 NiTi', appliances: [line('elastic', 'placed', '13', '43')] }),
  visit('2025-06-10', {
    upperWire: '0.014 NiTi',
    lowerWire: '0.014 NiTi',
    appliances: [line('bracket', 'placed', '13', '11', '43')],
  }),
  visit('2025-10-07', { upperWire: '0.016 NiTi' }),
  visit('2026-10-20', {
    upperWire: '–',
    lowerWire: '-',
    appliances: [line('bracket', 'removed', '11', '13'), line('elastic', 'removed', '13')],
  }),
]

test('a wire is in until the next one comes or it is taken out', () => {
  expect(wireHistory(visits, 'upper')).toEqual([
    { name: '0.014 NiTi', from: '2025-06-10', until: '2025-09-02' },
    { name: '0.016 NiTi', from: '2025-09-02', until: '2026-10-20' },
  ])
  expect(wireHistory(visits.slice(0, 3), 'lower')).toEqual([
    { name: '0.014 NiTi', from: '2025-06-10', until: null },
  ])
})

test('a tooth has what was placed on it and not taken off', () => {
  expect(Object.fromEntries(appliancesOn(visits, '2025-09-02'))).toEqual({
    '11': ['bracket'],
    '13': ['bracket', 'elastic'],
    '43': ['bracket', 'elastic'],
  })
  expect(Object.fromEntries(appliancesOn(visits, null))).toEqual({ '43': ['bracket', 'elastic'] })
})

test('records are told by their days from the start, and from the end on from there', () => {
  const dates = {
    started: { expected: null, actual: '2025-06-10' },
    stopped: { expected: '2026-12-01', actual: '2026-10-20' },
  }
  expect(eventOffset('initial', '2025-05-06', dates)).toEqual({ event: 'started', days: -35 })
  expect(eventOffset('final', '2026-11-03', dates)).toEqual({ event: 'stopped', days: 14 })
  // a clock that is put forward between the two makes no day shorter
  expect(eventOffset('progress', '2026-06-10', dates)).toEqual({ event: 'started', days: 365 })
  const running = { ...dates, stopped: { expected: '2026-12-01', actual: null } }
  expect(eventOffset('final', '2026-11-03', running)).toEqual({ event: 'started', days: 511 })
  expect(eventOffset('initial', '2025-05-06', { ...running, started: running.stopped })).toBeNull()
})

test('numbers are read as either language writes them, and nothing else is', () => {
  expect(['4,5', '-1.5', '−2', ' 3 ', '.5'].map(parseNumber)).toEqual([4.5, -1.5, -2, 3, 0.5])
  expect(['', '4,5 mm', '1,000.5', 'x', '1e9'].map(parseNumber)).toEqual([null, null, null, null, null])
})
