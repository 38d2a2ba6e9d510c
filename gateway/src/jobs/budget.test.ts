import { expect, test } from 'vitest'
import { createBudget } from './budget.ts'

const settled = async () => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

test('no more is under way than the whole, what is too large goes alone, and nobody is overtaken', async () => {
  const budget = createBudget(10)
  const begun: number[] = []
  const held = new Map<number, Disposable>()
  for (const share of [4, 5, 100, 1]) {
    void budget.take(share).then((taken) => {
      begun.push(share)
      held.set(share, taken)
    })
  }
  await settled()
  expect(begun).toEqual([4, 5])
  held.get(4)?.[Symbol.dispose]()
  held.get(4)?.[Symbol.dispose]() // twice gives nothing back twice
  await settled()
  expect(begun).toEqual([4, 5])
  held.get(5)?.[Symbol.dispose]()
  await settled()
  expect(begun).toEqual([4, 5, 100])
  held.get(100)?.[Symbol.dispose]()
  await settled()
  expect(begun).toEqual([4, 5, 100, 1])
})
