import { expect, test } from 'vitest'
import { hoursOf, lanesOf, overlap, timeOf } from './day-layout.ts'

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

test('one that ends when the other begins does not overlap', () => {
  expect(overlap(span('a', '09:00', 30), span('b', '09:30', 30))).toBe(false)
  expect(overlap(span('a', '09:00', 31), span('b', '09:30', 30))).toBe(true)
  expect(overlap(span('a', '09:40', 5), span('b', '09:30', 30))).toBe(true)
})

test('a usual day is shown, and what lies outside of it', () => {
  expect(hoursOf([])).toEqual({ from: 480, to: 1020 })
  expect(hoursOf([span('a', '06:50', 30), span('b', '18:30', 45)])).toEqual({ from: 360, to: 1200 })
})

test('a time stays within its day', () => {
  expect([timeOf(-20), timeOf(605), timeOf(24 * 60 + 30)]).toEqual(['00:00', '10:05', '23:55'])
})
