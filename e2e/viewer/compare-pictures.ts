import type { Picture } from './picture.ts'

export type Likeness = {
  /** normalised cross-correlation, -1 to 1; 0 where one of the two is uniform */
  correlation: number
  /** in grey levels, 0 to 255 */
  meanAbsoluteDifference: number
}

/**
 * How much what a viewport shows is like a picture that should fill it: the picture is scaled to the
 * largest size that fits with its aspect ratio, centred, and compared where it should lie.
 *
 * Pixels are taken as square; sampling is bilinear, as on a graphics card. The place is computed, not
 * searched for, so that a picture that is shifted, turned or mirrored counts as a wrong one.
 */
export function comparePictures(viewport: Picture, picture: Picture): Likeness {
  const scale = Math.min(viewport.width / picture.width, viewport.height / picture.height)
  const left = (viewport.width - picture.width * scale) / 2
  const top = (viewport.height - picture.height * scale) / 2

  let count = 0
  let sumShown = 0
  let sumExpected = 0
  let sumShownSquared = 0
  let sumExpectedSquared = 0
  let sumProduct = 0
  let sumDifference = 0

  for (let y = Math.ceil(top); y < Math.floor(top + picture.height * scale); y++) {
    for (let x = Math.ceil(left); x < Math.floor(left + picture.width * scale); x++) {
      // A pixel's centre lies at its index plus a half.
      const column = (x + 0.5 - left) / scale - 0.5
      const row = (y + 0.5 - top) / scale - 0.5
      for (let sample = 0; sample < 3; sample++) {
        const shown = viewport.samples[(y * viewport.width + x) * 3 + sample] ?? 0
        const expected = sampleBilinear(picture, column, row, sample)
        count++
        sumShown += shown
        sumExpected += expected
        sumShownSquared += shown * shown
        sumExpectedSquared += expected * expected
        sumProduct += shown * expected
        sumDifference += Math.abs(shown - expected)
      }
    }
  }
  const covariance = sumProduct - (sumShown * sumExpected) / count
  const spreadShown = sumShownSquared - (sumShown * sumShown) / count
  const spreadExpected = sumExpectedSquared - (sumExpected * sumExpected) / count
  const spread = Math.sqrt(spreadShown * spreadExpected)
  return {
    correlation: spread > 0 ? covariance / spread : 0,
    meanAbsoluteDifference: sumDifference / count,
  }
}

function sampleBilinear(
  { width, height, samples }: Picture,
  column: number,
  row: number,
  sample: number,
): number {
  const x = Math.min(Math.max(column, 0), width - 1)
  const y = Math.min(Math.max(row, 0), height - 1)
  const x0 = Math.floor(x)
  const y0 = Math.floor(y)
  const x1 = Math.min(x0 + 1, width - 1)
  const y1 = Math.min(y0 + 1, height - 1)
  const at = (atX: number, atY: number) => samples[(atY * width + atX) * 3 + sample] ?? 0
  const upper = at(x0, y0) * (1 - x + x0) + at(x1, y0) * (x - x0)
  const lower = at(x0, y1) * (1 - x + x0) + at(x1, y1) * (x - x0)
  return upper * (1 - y + y0) + lower * (y - y0)
}
