import { expect, test } from 'vitest'
import { placeLabels, type WantedLabel } from './place-labels.ts'

const size = { width: 390, height: 500 }
const overlaps = (labels: readonly WantedLabel[]) => {
  const placed = placeLabels(labels, size)
  const boxes = labels.map(({ key, width }) => ({ width, ...(placed.get(key) ?? { x: 0, y: 0 }) }))
  for (const { x, y, width } of boxes) {
    expect(x).toBeGreaterThanOrEqual(0)
    expect(x + width).toBeLessThanOrEqual(size.width)
    expect(y).toBeGreaterThanOrEqual(48)
    expect(y).toBeLessThanOrEqual(size.height)
  }
  return boxes.flatMap((a, index) =>
    boxes
      .slice(index + 1)
      .filter((b) => Math.abs(a.y - b.y) < 17 && a.x < b.x + b.width && b.x < a.x + a.width),
  )
}

test('a label that nothing is in the way of lies where it wants to', () => {
  const placed = placeLabels(
    [
      { key: 'a', x: 30, y: 200, width: 120 },
      { key: 'b', x: 200, y: 200, width: 120 },
    ],
    size,
  )
  expect([...placed.values()]).toEqual([
    { x: 30, y: 200, isMoved: false },
    { x: 200, y: 200, isMoved: false },
  ])
})

test('labels of findings that lie on each other, and of those at the edges, are all legible', () => {
  const heap = Array.from({ length: 16 }, (_, index) => ({
    key: String(index),
    x: 180 + (index % 3) * 7,
    y: 240 + (index % 4) * 3,
    width: 150,
  }))
  expect(overlaps(heap)).toEqual([])
  // those that moved away say where they belong
  expect([...placeLabels(heap, size).values()].some(({ isMoved }) => isMoved)).toBe(true)
  const edges = [[380, -20], [385, 10], [-60, 499], [-40, 640], [370, 498]] // prettier-ignore
  expect(overlaps(edges.map(([x = 0, y = 0], index) => ({ key: String(index), x, y, width: 160 })))).toEqual(
    [],
  )
})

test('the same labels lie in the same places, in whichever order they come', () => {
  const labels = Array.from({ length: 9 }, (_, index) => ({
    key: String(index),
    x: 100 + index,
    y: 100 + ((index * 5) % 7),
    width: 90,
  }))
  const [one, other] = [placeLabels(labels, size), placeLabels(labels.toReversed(), size)]
  for (const { key } of labels) expect(other.get(key)).toEqual(one.get(key))
})
