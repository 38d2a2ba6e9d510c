import { expect, test } from 'vitest'
import {
  closedWithin,
  hoursOf,
  isWithin,
  lanesOf,
  openOn,
  overlap,
  timeOf,
  weekOf,
  withoutRoom,
} from './day-layout.ts'

const span = (id: string, time: string, minutes: number) => ({ id, time, minutes })

test('what overlaps stands side by side, and what only touches has the whole width', () => {
  const lanes = lanesOf([
    span('a', '09:00', 60),
    span('b', '09:30', 60),
    span('c', '10:00', 30), // a is over: its lane is free
    span('d', '10:30', 30),
    span('e', '10:30', 15),
  ])
  expect(Object.fromEntries(lanes)).toEqual({
    a: { lane: 0, lanes: 2 },
    b: { lane: 1, lanes: 2 },
    c: { lane: 0, lanes: 2 },
    d: { lane: 0, lanes: 2 },
    e: { lane: 1, lanes: 2 },
  })
  expect(lanesOf([span('a', '09:00', 60), span('b', '10:00', 5)]).get('b')).toEqual({ lane: 0, lanes: 1 })
})

test('of more than a narrow day has room for, the last lanes are told together, and none is lost', () => {
  const spans = [
    span('a', '09:00', 60),
    span('b', '09:00', 60),
    span('c', '09:00', 30),
    span('d', '09:15', 60),
    span('e', '10:00', 15), // a is over: in its lane
    span('f', '14:00', 30),
    span('g', '14:00', 30),
    span('h', '14:00', 30),
  ]
  expect(withoutRoom(spans, lanesOf(spans), 3)).toEqual([{ from: 540, to: 615, ids: ['c', 'd'] }])
  expect(withoutRoom(spans, lanesOf(spans), 4)).toEqual([])
})

test('one that ends when the other begins does not overlap', () => {
  expect(overlap(span('a', '09:00', 30), span('b', '09:30', 30))).toBe(false)
  expect(overlap(span('a', '09:00', 31), span('b', '09:30', 30))).toBe(true)
  expect(overlap(span('a', '09:40', 5), span('b', '09:30', 30))).toBe(true)
})

test('a usual day is shown, and what lies outside of it', () => {
  expect(hoursOf([])).toEqual({ from: 480, to: 1020 })
  expect(hoursOf([span('a', '06:50', 30), span('b', '18:30', 45)])).toEqual({ from: 360, to: 1200 })
})

test('a practice’s own hours are shown, what lies outside of them is closed, and an appointment reaches outside', () => {
  const open = [
    { from: 8.5 * 60, to: 12 * 60 },
    { from: 13 * 60, to: 19 * 60 },
  ]
  expect(hoursOf([], open)).toEqual({ from: 480, to: 1140 })
  expect(hoursOf([span('a', '06:50', 30)], open)).toEqual({ from: 360, to: 1140 })
  expect(closedWithin({ from: 480, to: 1200 }, open)).toEqual([
    { from: 480, to: 510 },
    { from: 720, to: 780 },
    { from: 1140, to: 1200 },
  ])
  expect(closedWithin({ from: 480, to: 1020 }, [])).toEqual([{ from: 480, to: 1020 }])
  expect(
    [span('a', '08:30', 210), span('b', '11:45', 30), span('c', '18:30', 30)].map((each) =>
      isWithin(each, open),
    ),
  ).toEqual([true, false, true])
})

test('a week begins on Monday, and each day has its own hours', () => {
  expect(weekOf('2026-11-22').at(0)).toBe('2026-11-16')
  expect(weekOf('2026-11-23')).toEqual([
    '2026-11-23',
    '2026-11-24',
    '2026-11-25',
    '2026-11-26',
    '2026-11-27',
    '2026-11-28',
    '2026-11-29',
  ])
  const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
  expect([openOn(week, '2026-11-23'), openOn(week, '2026-11-29'), openOn(null, '2026-11-29')]).toEqual([
    'mon',
    'sun',
    null,
  ])
})

test('a time stays within its day', () => {
  expect([timeOf(-20), timeOf(605), timeOf(24 * 60 + 30)]).toEqual(['00:00', '10:05', '23:55'])
})
