import { expect, test } from 'vitest'
import { sharpen } from './lens.ts'

function picture(rows: number[][]) {
  const [width, height] = [rows[0]?.length ?? 0, rows.length]
  const data = Uint8ClampedArray.from(rows.flat().flatMap((value) => [value, value, value, 255]))
  return { data, width, height }
}
const levels = ({ data, width }: ReturnType<typeof picture>, row: number) =>
  Array.from({ length: width }, (_, column) => data[(row * width + column) * 4])

// Cornerstone3D's kernel: −k eight times round 1 + 8 k
test('what the magnifier shows is sharpened by the kernel of the picture under it, at the distance of its detail', () => {
  const edge = () => picture(Array.from({ length: 7 }, () => [100, 100, 100, 100, 140, 140, 140, 140]))
  const near = edge()
  sharpen(near, 0.25, 1)
  // each side of the edge has three neighbours of the other
  expect(levels(near, 3)).toEqual([100, 100, 100, 70, 170, 140, 140, 140])
  const far = edge()
  sharpen(far, 0.25, 2)
  expect(levels(far, 3)).toEqual([100, 100, 70, 70, 170, 170, 140, 140])

  const even = picture(Array.from({ length: 3 }, () => [80, 80, 80]))
  sharpen(even, 0.6, 1)
  expect(levels(even, 1)).toEqual([80, 80, 80])
})
