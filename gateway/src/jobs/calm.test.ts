import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createCalm } from './calm.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** How long it waits, while something is stored every so often. */
async function waited(calm: ReturnType<typeof createCalm>, disturbedFor: number, everyMs = 100) {
  const began = performance.now()
  let took: number | null = null
  void calm.wait().then(() => (took = performance.now() - began))
  for (let at = 0; at < 60_000 && took === null; at += everyMs) {
    if (at < disturbedFor) calm.disturb()
    await vi.advanceTimersByTimeAsync(everyMs)
  }
  return took
}

test('nobody waits where nothing is stored, and otherwise until a moment after the last', async () => {
  const calm = createCalm()
  expect(await waited(calm, 0)).toBe(0)
  calm.disturb()
  expect(await waited(calm, 3000)).toBe(4400)
  expect(await waited(calm, 0)).toBe(0)
})

test('where it never gets calm work goes on after a while, for a while', async () => {
  const calm = createCalm()
  calm.disturb()
  expect(await waited(calm, Infinity)).toBe(20_000)
  calm.disturb()
  expect(await waited(calm, Infinity)).toBe(0)
  await vi.advanceTimersByTimeAsync(20_000)
  calm.disturb()
  expect(await waited(calm, Infinity)).toBe(20_000)
})

test('at the end nobody begins', async () => {
  const calm = createCalm()
  calm.disturb()
  const waiting = calm.wait()
  calm.end()
  await expect(waiting).rejects.toThrow('not begun')
  await expect(calm.wait()).rejects.toThrow('not begun')
})
