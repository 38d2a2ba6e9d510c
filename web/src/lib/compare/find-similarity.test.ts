import { expect, test } from 'vitest'
import { findSimilarity, type Grey } from './find-similarity.ts'
import { applySimilarity, invertSimilarity, type Similarity } from './similarity.ts'

/** Something like a jaw: a bow of bright blobs of different sizes on a slope, the same for the same seed. */
function scene(seed: number): (x: number, y: number) => number {
  let state = seed
  const random = () => (state = (state * 16807) % 2147483647) / 2147483647
  const blobs = Array.from({ length: 46 }, (_, index) => {
    const x = 16 + (index % 23) * 10 + 5 * random()
    const bow = 0.004 * (x - 128) ** 2
    return {
      x,
      y: (index < 23 ? 48 : 74) + 10 * random() - bow * 0.4,
      size: 3 + 4 * random(),
      light: 0.5 + random(),
    }
  })
  return (x, y) =>
    blobs.reduce(
      (sum, blob) => {
        const away = ((x - blob.x) ** 2 + 0.4 * (y - blob.y) ** 2) / (2 * blob.size ** 2)
        return away > 40 ? sum : sum + blob.light * Math.exp(-away) // further off it is no part of a sum
      },
      0.2 + y / 400,
    )
}

/** The scene as another exposure of it shows it: placed by a similarity, with other brightness and with noise. */
function picture(
  of: (x: number, y: number) => number,
  placed: Similarity,
  { gain = 1, noise = 0 } = {},
): Grey {
  const [width, height] = [256, 128]
  const back = invertSimilarity(placed)
  let state = 99
  const random = () => (state = (state * 16807) % 2147483647) / 2147483647 - 0.5
  const values = new Float32Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = applySimilarity(back, { x, y })
      values[y * width + x] = (30 + 80 * of(from.x, from.y)) * gain + noise * random()
    }
  }
  return { width, height, values }
}

/** The same with a metal crown on one side, as people are not symmetric. */
const jaw = scene(5)
const oneSided = (x: number, y: number) =>
  jaw(x, y) +
  (Math.abs(x - 70) < 14 && Math.abs(y - 50) < 12 ? 2 : 0) +
  (Math.abs(x - 96) < 8 && Math.abs(y - 84) < 10 ? 2 : 0)

const straight: Similarity = { a: 1, b: 0, dx: 0, dy: 0 }
const turned = (scale: number, degrees: number, dx: number, dy: number): Similarity => {
  const angle = (degrees * Math.PI) / 180
  const [a, b] = [scale * Math.cos(angle), scale * Math.sin(angle)]
  // about the middle, as heads are turned
  return { a, b, dx: 128 + dx - (a * 128 - b * 64), dy: 64 + dy - (b * 128 + a * 64) }
}

test.each([
  ['nothing moved', turned(1, 0, 0, 0)],
  ['a shift', turned(1, 0, 17, -9)],
  ['a larger picture', turned(1.12, 0, 3, 4)],
  ['a smaller and tilted one', turned(0.9, -6, -12, 5)],
])('%s is found within a pixel, in spite of exposure and noise', (_, truth) => {
  const of = scene(5)
  const found = findSimilarity(picture(of, straight), picture(of, truth, { gain: 0.6, noise: 12 }))
  // what moved the scene is undone
  for (const corner of [
    { x: 40, y: 30 },
    { x: 216, y: 30 },
    { x: 128, y: 100 },
  ]) {
    const at = applySimilarity(found?.similarity ?? straight, applySimilarity(truth, corner))
    expect(Math.hypot(at.x - corner.x, at.y - corner.y)).toBeLessThan(1)
  }
  expect(found?.error).toBeLessThan(2)
})

test.each([
  ['of something else', picture((x, y) => Math.sin(x / 7) + Math.cos((x + 2 * y) / 11), straight)],
  ['that is mirrored', picture((x, y) => oneSided(255 - x, y), straight)],
  ['of noise', picture(() => 0, straight, { noise: 100 })],
  ['that is blank', picture(() => 0, straight)],
  ['that is tiny', { width: 4, height: 4, values: new Float32Array(16) }],
])('a picture %s is not aligned', (_, moving) => {
  expect(findSimilarity(picture(oneSided, straight, { noise: 5 }), moving)).toBeNull()
})
