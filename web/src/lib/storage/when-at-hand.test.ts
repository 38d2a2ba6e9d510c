import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { heardOfStudy, whenAtHand } from './when-at-hand.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('what waits for an original asks again once when its study is told of, however many slices came back, and else after a minute', () => {
  const asked: string[] = []
  whenAtHand('1.2', () => asked.push('one'))
  whenAtHand('1.2', () => asked.push('two'))
  whenAtHand('1.3', () => asked.push('other'))
  for (let slice = 0; slice < 20; slice++) heardOfStudy('1.2')
  vi.advanceTimersByTime(1000)
  expect(asked).toEqual(['one', 'two'])
  heardOfStudy('1.2')
  vi.advanceTimersByTime(58_000)
  expect(asked).toEqual(['one', 'two'])
  vi.advanceTimersByTime(2000)
  expect(asked).toEqual(['one', 'two', 'other'])
  vi.advanceTimersByTime(120_000)
  expect(asked).toHaveLength(3)
})

test('a page that is left asks for nothing any more', () => {
  const again = vi.fn<() => void>()
  const end = whenAtHand('1.4', again)
  heardOfStudy('1.4')
  end()
  vi.advanceTimersByTime(120_000)
  expect(again).not.toHaveBeenCalled()
})
