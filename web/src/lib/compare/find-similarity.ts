import { fitSimilarity, type Point, type Similarity } from './similarity.ts'

/** Brightness, row by row. */
export type Grey = { width: number; height: number; values: Float32Array }

export type FoundSimilarity = {
  /** of pixels of `moving` to pixels of `fixed` */
  similarity: Similarity
  /** how far the halves of the picture, aligned each by itself, disagree with the whole; pixels of `fixed` */
  error: number
}

/** Long sides, in pixels, of the sizes that are gone through from coarse to fine. */
const sides = [40, 80, 160, 256] as const
/** Larger pictures are not looked at more closely. */
export const greySideMax = 256

/** Photographs of one mouth before, with and after braces reach 0.69 to 0.77. */
const correlationMin = 0.45
/** Mouths are nearly their own mirror image; a picture that fits better by this much the other way round is one. */
const mirroredMore = 0.03
/** Of the long side. Halves of photographs whose teeth were moved disagree by 0.3 to 1.2 hundredths. */
const errorShareMax = 0.02
/** of the fixed picture that the other must cover */
const overlapMin = 0.45

/**
 * Finds how one picture lies on another by what they show: the similarity with the highest correlation of their
 * structures, from coarse to fine. Where it is not certain it finds nothing, since a wrong alignment looks right.
 *
 * Certain means that structures correlate, and that both halves of the picture, aligned once more by themselves,
 * stay where the whole was.
 *
 * @param fixed  long side of `greySideMax` pixels at most, as `moving`
 * @returns null when it is not certain
 */
export function findSimilarity(fixed: Grey, moving: Grey): FoundSimilarity | null {
  if (Math.min(fixed.width, fixed.height, moving.width, moving.height) < 16) return null
  let placements: Placement[] = []
  let finest: Level | undefined
  for (const side of sides) {
    const level = levelOf(fixed, moving, side)
    const starts = finest === undefined ? coarsePlacements(level) : placements
    const keep = side <= 40 ? 6 : side <= 80 ? 3 : 1
    placements = starts
      .map((start) => climb(level, start, whole))
      .sort((one, other) => other.score - one.score)
      .slice(0, keep)
      .map(({ placement }) => placement)
    finest = level
  }
  const [best] = placements
  if (!finest || !best) return null
  const correlation = score(finest, best, whole)
  const turnedOver = climb({ ...finest, moving: mirrored(finest.moving) }, turnOver(best), whole)
  if (correlation < correlationMin || turnedOver.score > correlation + mirroredMore) return null

  // each half by itself: where nothing truly fits, they drift apart
  let [sum, count] = [0, 0]
  for (const half of halves) {
    const alone = climb(finest, best, half).placement
    for (const point of pointsOf(finest.fixed, half)) {
      const [together, apart] = [pulled(finest, best, point), pulled(finest, alone, point)]
      sum += (together.x - apart.x) ** 2 + (together.y - apart.y) ** 2
      count++
    }
  }
  const similarity = similarityOf(finest, best)
  if (!similarity) return null
  const error = (Math.sqrt(sum / count) / finest.shrinkMoving) * Math.hypot(similarity.a, similarity.b)
  return error > errorShareMax * Math.max(fixed.width, fixed.height) ? null : { similarity, error }
}

/** Log of the scale, angle in radians, and the shift of the middle as a share of the fixed picture's long side. */
type Placement = [logScale: number, angle: number, x: number, y: number]
type Level = {
  fixed: Grey
  moving: Grey
  side: number
  /** from the given pictures to these */
  shrink: number
  shrinkMoving: number
  /** every how many pixels are looked at, each way */
  step: number
}
/** Part of the fixed picture, as shares of its width and height. */
type Part = { x0: number; x1: number; y0: number; y1: number }

const whole: Part = { x0: 0, x1: 1, y0: 0, y1: 1 }
const halves: readonly Part[] = [
  { x0: 0, x1: 0.5, y0: 0, y1: 1 },
  { x0: 0.5, x1: 1, y0: 0, y1: 1 },
]

function levelOf(fixed: Grey, moving: Grey, side: number): Level {
  const long = Math.max(fixed.width, fixed.height)
  const shrink = Math.min(1, side / long)
  const shrinkMoving = Math.min(1, side / Math.max(moving.width, moving.height))
  return {
    fixed: structures(resized(fixed, shrink)),
    moving: structures(resized(moving, shrinkMoving)),
    side,
    shrink,
    shrinkMoving,
    step: side > 160 ? 2 : 1,
  }
}

/** Every placement within reason, on a grid that the climbing closes. */
function coarsePlacements(level: Level): Placement[] {
  const found: { placement: Placement; score: number }[] = []
  for (const scale of [0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.4]) {
    for (const degrees of [-15, -10, -5, 0, 5, 10, 15]) {
      for (let x = -0.24; x <= 0.241; x += 0.06) {
        for (let y = -0.24; y <= 0.241; y += 0.06) {
          const placement: Placement = [Math.log(scale), (degrees * Math.PI) / 180, x, y]
          found.push({ placement, score: score(level, placement, whole) })
        }
      }
    }
  }
  return found
    .sort((one, other) => other.score - one.score)
    .slice(0, 12)
    .map(({ placement }) => placement)
}

/** Of the fixed level's pixels: where a point of it lies on the moving one. */
function pulled({ fixed, moving }: Level, [logScale, angle, x, y]: Placement, point: Point): Point {
  const long = Math.max(fixed.width, fixed.height)
  const ratio = Math.max(moving.width, moving.height) / long
  const scale = Math.exp(-logScale) * ratio
  const [cos, sin] = [Math.cos(-angle) * scale, Math.sin(-angle) * scale]
  const [px, py] = [point.x - fixed.width / 2 - x * long, point.y - fixed.height / 2 - y * long]
  return { x: cos * px - sin * py + moving.width / 2, y: sin * px + cos * py + moving.height / 2 }
}

/** Correlation of what lies on each other, −1 to 1; −1 too where too little does. */
function score(level: Level, placement: Placement, part: Part): number {
  const { fixed, moving, step } = level
  const origin = pulled(level, placement, { x: 0, y: 0 })
  const right = pulled(level, placement, { x: 1, y: 0 })
  const [ux, uy] = [right.x - origin.x, right.y - origin.y] // and downwards it is (−uy, ux)
  const [x0, x1] = [Math.ceil(part.x0 * fixed.width), Math.floor(part.x1 * fixed.width)]
  const [y0, y1] = [Math.ceil(part.y0 * fixed.height), Math.floor(part.y1 * fixed.height)]
  let [n, total, sf, sm, sff, smm, sfm] = [0, 0, 0, 0, 0, 0, 0]
  const [lastX, lastY] = [moving.width - 1.001, moving.height - 1.001]
  for (let y = y0; y < y1; y += step) {
    for (let x = x0; x < x1; x += step) {
      total++
      const mx = origin.x + ux * x - uy * y
      const my = origin.y + uy * x + ux * y
      if (mx < 0 || my < 0 || mx > lastX || my > lastY) continue
      const [ix, iy] = [mx | 0, my | 0]
      const [fx, fy] = [mx - ix, my - iy]
      const at = iy * moving.width + ix
      const values = moving.values
      const top = (values[at] ?? 0) * (1 - fx) + (values[at + 1] ?? 0) * fx
      const bottom = (values[at + moving.width] ?? 0) * (1 - fx) + (values[at + moving.width + 1] ?? 0) * fx
      const m = top * (1 - fy) + bottom * fy
      const f = fixed.values[y * fixed.width + x] ?? 0
      n++
      sf += f
      sm += m
      sff += f * f
      smm += m * m
      sfm += f * m
    }
  }
  if (n < overlapMin * total || n < 32) return -1
  const [vf, vm] = [sff - (sf * sf) / n, smm - (sm * sm) / n]
  return vf <= 1e-9 || vm <= 1e-9 ? -1 : (sfm - (sf * sm) / n) / Math.sqrt(vf * vm)
}

/**
 * To the top of the hill that a placement stands on.
 *
 * @see J. A. Nelder, R. Mead, A simplex method for function minimization, The Computer Journal 7(4), 1965
 */
function climb(level: Level, start: Placement, part: Part): { placement: Placement; score: number } {
  const reach = 2 / level.side // about two pixels at the rim
  const steps = [reach * 2, reach * 2, reach, reach]
  const at = (placement: Placement) => ({ placement, score: score(level, placement, part) })
  let simplex = [
    at(start),
    ...steps.map((step, index) => {
      const moved: Placement = [...start]
      moved[index] = (moved[index] ?? 0) + step
      return at(moved)
    }),
  ]
  for (let turn = 0; turn < 70; turn++) {
    simplex.sort((one, other) => other.score - one.score)
    const [best, worst, second] = [simplex[0], simplex[4], simplex[3]]
    if (!best || !worst || !second) break
    if (best.score - worst.score < 1e-6 && turn > 8) break
    const others = simplex.slice(0, 4)
    const middle = placementOf(
      (index) => others.reduce((sum, { placement }) => sum + (placement[index] ?? 0), 0) / 4,
    )
    const along = (share: number) =>
      at(
        placementOf(
          (index) => (middle[index] ?? 0) + share * ((worst.placement[index] ?? 0) - (middle[index] ?? 0)),
        ),
      )
    const reflected = along(-1)
    let taken = reflected
    if (reflected.score > best.score) {
      const further = along(-2)
      if (further.score > reflected.score) taken = further
    } else if (reflected.score <= second.score) {
      const nearer = along(reflected.score > worst.score ? -0.5 : 0.5)
      if (nearer.score <= Math.max(worst.score, reflected.score)) {
        simplex = simplex.map((each, index) =>
          index === 0
            ? each
            : at(placementOf((axis) => ((each.placement[axis] ?? 0) + (best.placement[axis] ?? 0)) / 2)),
        )
        continue
      }
      taken = nearer
    }
    simplex[4] = taken
  }
  simplex.sort((one, other) => other.score - one.score)
  return simplex[0] ?? at(start)
}

function placementOf(value: (index: number) => number): Placement {
  return [value(0), value(1), value(2), value(3)]
}

function mirrored({ width, height, values }: Grey): Grey {
  const result = values.map((_, at) => values[at - (at % width) + width - 1 - (at % width)] ?? 0)
  return { width, height, values: result }
}

/** The same place for what is mirrored about its own middle. */
function turnOver([logScale, , x, y]: Placement): Placement {
  return [logScale, 0, x, y]
}

/** In pixels of the pictures as they were given. */
function similarityOf(level: Level, placement: Placement): Similarity | null {
  const { fixed, shrink, shrinkMoving } = level
  // two points are landmarks that fit exactly
  const landmarks = [0, fixed.width].map((x) => {
    const here = pulled(level, placement, { x, y: 0 })
    return { here: { x: here.x / shrinkMoving, y: here.y / shrinkMoving }, there: { x: x / shrink, y: 0 } }
  })
  return fitSimilarity(landmarks)?.similarity ?? null
}

/** A grid of points of a part. */
function pointsOf({ width, height }: Grey, { x0, x1, y0, y1 }: Part): Point[] {
  return [0, 0.5, 1].flatMap((x) =>
    [0, 0.5, 1].map((y) => ({ x: (x0 + x * (x1 - x0)) * width, y: (y0 + y * (y1 - y0)) * height })),
  )
}

/** Each pixel the mean of those it covers. */
function resized({ width, height, values }: Grey, scale: number): Grey {
  if (scale >= 1) return { width, height, values }
  const small = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  }
  const result = new Float32Array(small.width * small.height)
  for (let y = 0; y < small.height; y++) {
    const [top, bottom] = [
      Math.floor((y * height) / small.height),
      Math.ceil(((y + 1) * height) / small.height),
    ]
    for (let x = 0; x < small.width; x++) {
      const [left, right] = [
        Math.floor((x * width) / small.width),
        Math.ceil(((x + 1) * width) / small.width),
      ]
      let sum = 0
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) sum += values[row * width + column] ?? 0
      }
      result[y * small.width + x] = sum / ((bottom - top) * (right - left))
    }
  }
  return { ...small, values: result }
}

/** What stands out from its surroundings, whatever the exposure: local mean taken off, local contrast made even. */
function structures({ width, height, values }: Grey): Grey {
  const radius = Math.max(2, Math.round(Math.max(width, height) / 12))
  const mean = blurred(values, width, height, radius)
  const squares = blurred(
    values.map((value) => value * value),
    width,
    height,
    radius,
  )
  let overall = 0
  for (let at = 0; at < values.length; at++) overall += Math.max(0, (squares[at] ?? 0) - (mean[at] ?? 0) ** 2)
  const floor = Math.sqrt(overall / values.length) * 0.3 + 1e-6 // even areas stay quiet
  return {
    width,
    height,
    values: values.map((value, at) => {
      const spread = Math.sqrt(Math.max(0, (squares[at] ?? 0) - (mean[at] ?? 0) ** 2))
      return (value - (mean[at] ?? 0)) / (spread + floor)
    }),
  }
}

/** Means over squares of 2 × radius + 1 pixels, cut off at the rim. */
function blurred(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const sums = new Float64Array((width + 1) * (height + 1))
  for (let y = 0; y < height; y++) {
    let row = 0
    for (let x = 0; x < width; x++) {
      row += values[y * width + x] ?? 0
      sums[(y + 1) * (width + 1) + x + 1] = (sums[y * (width + 1) + x + 1] ?? 0) + row
    }
  }
  const result = new Float32Array(values.length)
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [Math.max(0, y - radius), Math.min(height, y + radius + 1)]
    for (let x = 0; x < width; x++) {
      const [left, right] = [Math.max(0, x - radius), Math.min(width, x + radius + 1)]
      const at = (row: number, column: number) => sums[row * (width + 1) + column] ?? 0
      const sum = at(bottom, right) - at(top, right) - at(bottom, left) + at(top, left)
      result[y * width + x] = sum / ((bottom - top) * (right - left))
    }
  }
  return result
}
