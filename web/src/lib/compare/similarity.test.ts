import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applySimilarity, fitSimilarity, invertSimilarity, partsOf, type Similarity } from './similarity.ts'

const similarity = fc
  .record({
    scale: fc.double({ min: 0.3, max: 3, noNaN: true }),
    degrees: fc.double({ min: -179, max: 179, noNaN: true }),
    dx: fc.double({ min: -500, max: 500, noNaN: true }),
    dy: fc.double({ min: -500, max: 500, noNaN: true }),
  })
  .map(({ scale, degrees, dx, dy }): Similarity => {
    const angle = (degrees * Math.PI) / 180
    return { a: scale * Math.cos(angle), b: scale * Math.sin(angle), dx, dy }
  })
const place = fc.record({ x: fc.integer({ min: 0, max: 3000 }), y: fc.integer({ min: 0, max: 2000 }) })
const places = fc
  .array(place, { minLength: 2, maxLength: 9 })
  .filter((points) =>
    points.some(({ x, y }) => Math.hypot(x - (points[0]?.x ?? 0), y - (points[0]?.y ?? 0)) > 50),
  )

test('places that truly belong together give the similarity back, and no error', () => {
  fc.assert(
    fc.property(similarity, places, (truth, points) => {
      const fit = fitSimilarity(points.map((here) => ({ here, there: applySimilarity(truth, here) })))
      expect(fit?.similarity.a).toBeCloseTo(truth.a, 6)
      expect(fit?.similarity.b).toBeCloseTo(truth.b, 6)
      expect(fit?.similarity.dx).toBeCloseTo(truth.dx, 3)
      expect(fit?.similarity.dy).toBeCloseTo(truth.dy, 3)
      if (points.length === 2) expect(fit?.error).toBeNull()
      else expect(fit?.error).toBeCloseTo(0, 3)
    }),
  )
})

test('there and back again is where one was', () => {
  fc.assert(
    fc.property(similarity, place, (there, point) => {
      const back = applySimilarity(invertSimilarity(there), applySimilarity(there, point))
      expect(back.x).toBeCloseTo(point.x, 4)
      expect(back.y).toBeCloseTo(point.y, 4)
    }),
  )
})

test('no other scale, turn or shift brings the places closer', () => {
  fc.assert(
    fc.property(
      similarity,
      places,
      fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 18, maxLength: 18 }),
      (truth, points, noise) => {
        const landmarks = points.map((here, index) => {
          const at = applySimilarity(truth, here)
          return { here, there: { x: at.x + (noise[2 * index] ?? 0), y: at.y + (noise[2 * index + 1] ?? 0) } }
        })
        const fit = fitSimilarity(landmarks)
        if (!fit) return
        const left = (tried: Similarity) =>
          landmarks.reduce((sum, { here, there }) => {
            const at = applySimilarity(tried, here)
            return sum + (at.x - there.x) ** 2 + (at.y - there.y) ** 2
          }, 0)
        const best = left(fit.similarity)
        for (const [key, step] of [
          ['a', 1e-4],
          ['a', -1e-4],
          ['b', 1e-4],
          ['b', -1e-4],
          ['dx', 0.1],
          ['dx', -0.1],
          ['dy', 0.1],
          ['dy', -0.1],
        ] as const) {
          expect(left({ ...fit.similarity, [key]: fit.similarity[key] + step })).toBeGreaterThanOrEqual(
            best - 1e-6 * best,
          )
        }
      },
    ),
  )
})

test('the error is the spread of the landmarks, not the smaller one that fitting leaves', () => {
  // 2,000 fits of four landmarks that are each off by 2 px a side: sqrt(2² + 2²) together
  let seed = 7
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random())
  let sum = 0
  const fits = 2000
  for (let fit = 0; fit < fits; fit++) {
    const landmarks = [
      [0, 0],
      [1000, 0],
      [0, 600],
      [900, 700],
    ].map(([x = 0, y = 0]) => ({
      here: { x, y },
      there: { x: x + 2 * normal(), y: y + 2 * normal() },
    }))
    sum += (fitSimilarity(landmarks)?.error ?? 0) ** 2
  }
  expect(Math.sqrt(sum / fits)).toBeCloseTo(Math.hypot(2, 2), 0)
})

test('one place, or places on top of each other, tell nothing', () => {
  const at = (x: number, y: number) => ({ here: { x, y }, there: { x, y } })
  expect(fitSimilarity([])).toBeNull()
  expect(fitSimilarity([at(10, 10)])).toBeNull()
  expect(fitSimilarity([at(10, 10), at(11, 10)])).toBeNull()
})

test('scale and rotation read as people say them', () => {
  expect(partsOf({ a: 0, b: 2, dx: 0, dy: 0 })).toEqual({ scale: 2, degrees: 90 })
})
