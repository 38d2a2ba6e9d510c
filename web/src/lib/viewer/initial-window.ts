import type { ImageAttributes, StoredWindow } from './image-attributes.ts'

/** From which value a pixel is black to which it is white, in the modality's units. */
export type Range = { lower: number; upper: number }

/** The bounds of a window (PS3.3 §C.11.2.1.2, §C.11.2.1.3). */
export function rangeOf({ center, width, shape }: Pick<StoredWindow, 'center' | 'width' | 'shape'>): Range {
  if (shape === 'linear')
    return { lower: center - 0.5 - (width - 1) / 2, upper: center - 0.5 + (width - 1) / 2 }
  return { lower: center - width / 2, upper: center + width / 2 }
}

/** The linear window with these bounds, as its center and width are named to people. */
export function windowOf({ lower, upper }: Range): { center: number; width: number } {
  return { center: (lower + upper + 1) / 2, width: upper - lower + 1 }
}

const radiographs = new Set(['IO', 'PX', 'DX', 'CR', 'RG'])

/**
 * What an image is shown with at first, by the same rule as its renditions, so that the picture takes its preview's
 * place unseen: the first window it brings, unless that leaves next to nothing but white; pictures of 8 bits as they
 * are; else the span of its values without the outermost half percent.
 *
 * @param histogram see `histogramOf`; in the modality's units
 */
export function initialWindow(
  attributes: Pick<ImageAttributes, 'windows' | 'bitsStored' | 'isSigned' | 'rescale' | 'isInverted'>,
  modality: string,
  histogram: Histogram,
): Range {
  const radiograph = radiographs.has(modality)
  const [stored] = attributes.windows
  if (stored && !(radiograph && burnsOut(rangeOf(stored), attributes.isInverted, histogram))) {
    return rangeOf(stored)
  }
  if (attributes.bitsStored <= 8 && !attributes.rescale) {
    const low = attributes.isSigned ? -(2 ** (attributes.bitsStored - 1)) : 0
    return { lower: low, upper: low + 2 ** attributes.bitsStored - 1 }
  }
  return span(histogram, radiograph, attributes.isInverted)
}

/** How the image is shown otherwise than its file says, and what the file says. */
export type Adjustment = { quirks: string[]; asSent: Range }

/**
 * What `initialWindow` did not take at its word, by the names that the gateway gives it (`viewQuirks`).
 *
 * @returns null where the image is shown as its file says, or says nothing and looks well
 */
export function viewAdjustment(
  attributes: Parameters<typeof initialWindow>[0],
  modality: string,
  histogram: Histogram,
): Adjustment | null {
  if (!radiographs.has(modality)) return null
  const { isInverted } = attributes
  const [stored] = attributes.windows
  const isBurnt = stored !== undefined && burnsOut(rangeOf(stored), isInverted, histogram)
  if (stored && !isBurnt) return null
  const quirks = isBurnt ? ['window-burns-out'] : []
  let asSent = stored ? rangeOf(stored) : null
  if (attributes.bitsStored > 8 || attributes.rescale) {
    const [plain, careful] = [span(histogram, false, isInverted), span(histogram, true, isInverted)]
    if (plain.lower !== careful.lower || plain.upper !== careful.upper) {
      quirks.push('washed-out')
      asSent ??= plain
    }
  }
  return asSent && { quirks, asSent }
}

function burnsOut({ lower, upper }: Range, inverted: boolean, histogram: Histogram): boolean {
  const edge = (upper - lower) / 255
  let burnt = 0
  histogram.counts.forEach((count, bin) => {
    const value = valueOf(histogram, bin)
    if (inverted ? value < lower + edge : value > upper - edge) burnt += count
  })
  return histogram.total > 0 && burnt > 0.9 * histogram.total
}

/** A value at the very end that more than 2 % share is exposure or saturation; the middle is kept from white. */
function span(histogram: Histogram, radiograph: boolean, inverted: boolean): Range {
  const { counts, total } = histogram
  const last = counts.length - 1
  let [first, end] = [0, last]
  if ((counts[0] ?? 0) > 0.02 * total) first = 1
  if ((counts[last] ?? 0) > 0.02 * total) end = last - 1
  let kept = 0
  for (let bin = first; bin <= end; bin++) kept += counts[bin] ?? 0
  if (kept < 0.05 * total) [first, end, kept] = [0, last, total]

  const quantile = (share: number) => {
    let sum = 0
    for (let bin = first; bin <= end; bin++) {
      sum += counts[bin] ?? 0
      if (sum >= share * kept) return valueOf(histogram, bin)
    }
    return valueOf(histogram, end)
  }
  let [lower, upper] = [quantile(0.005), quantile(0.995)]
  if (!(upper > lower)) return { lower: lower - 0.5, upper: lower + 0.5 }
  if (radiograph) {
    const brightest = 0.6
    const middle = quantile(0.5)
    if (!inverted && (middle - lower) / (upper - lower) > brightest) {
      lower = Math.max(lower, Math.min(quantile(0.03), (middle - brightest * upper) / (1 - brightest)))
      upper = Math.max(upper, lower + (middle - lower) / brightest)
    } else if (inverted && (upper - middle) / (upper - lower) > brightest) {
      upper = Math.min(upper, Math.max(quantile(0.97), (middle - brightest * lower) / (1 - brightest)))
      lower = Math.min(lower, upper - (upper - middle) / brightest)
    }
  }
  return { lower, upper }
}

/** How often values occur, in bins of equal width from `low`; units are the modality's. */
export type Histogram = { low: number; binWidth: number; counts: Uint32Array; total: number }

const valueOf = ({ low, binWidth }: Histogram, bin: number) => low + bin * binWidth

/**
 * The distribution of a frame's values, of every nth where there are many.
 *
 * @param scale from stored values to the modality's units
 */
export function histogramOf(
  pixels: ArrayLike<number>,
  { minimum, maximum }: { minimum: number; maximum: number },
  scale: { slope: number; intercept: number },
): Histogram {
  const binWidth = Math.max(1, (maximum - minimum) / 4095)
  const counts = new Uint32Array(Math.max(1, Math.floor((maximum - minimum) / binWidth) + 1))
  const step = Math.max(1, Math.floor(pixels.length / 1_000_000))
  let total = 0
  for (let index = 0; index < pixels.length; index += step, total++) {
    const bin = Math.min(counts.length - 1, Math.floor(((pixels[index] ?? 0) - minimum) / binWidth))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  if (scale.slope < 0) counts.reverse()
  const edge = scale.slope < 0 ? maximum : minimum
  return {
    low: edge * scale.slope + scale.intercept,
    binWidth: binWidth * Math.abs(scale.slope),
    counts,
    total,
  }
}
