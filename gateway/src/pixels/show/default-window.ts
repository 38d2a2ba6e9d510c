import type { Window } from '../pixels.ts'
import type { Distribution } from './distribution.ts'

/**
 * A window for an image that brings none.
 *
 * The span of its values without the outermost half percent on either side, so that a lead letter, a filling or a few
 * dead pixels do not decide. A value at the very end of the range that many pixels share is direct exposure or
 * saturation, not anatomy, and does not count. For radiographs the middle of the picture is kept from being washed
 * out: panoramics of some makers store most of the anatomy near the bright end, and their window in private elements.
 *
 * @param brightestMiddle how bright the middle may become, as a share of the grey scale; null for no such care
 * @returns units after the modality transformation, a width above 0 even for a flat image; and what it would have been
 * without that care, where that made a difference
 */
export function defaultWindow(
  distribution: Distribution,
  { inverted, brightestMiddle }: { inverted: boolean; brightestMiddle: number | null },
): { window: Window; plain: Window | null } {
  const anatomy = withoutSaturation(distribution)
  const between = (from: number, to: number): Window => ({
    center: (from + to) / 2,
    width: to - from,
    function: 'linear-exact',
  })
  const flat = (center: number) => ({ window: between(center - 0.5, center + 0.5), plain: null })
  if (anatomy.total === 0) return flat(0.5)

  let low = quantile(anatomy, 0.005)
  let high = quantile(anatomy, 0.995)
  if (high <= low) {
    low = anatomy.values[0] ?? 0
    high = anatomy.values.at(-1) ?? 0
  }
  if (high <= low) return flat(low)

  let plain: Window | null = null
  if (brightestMiddle !== null) {
    const middle = quantile(anatomy, 0.5)
    if (!inverted && (middle - low) / (high - low) > brightestMiddle) {
      plain = between(low, high)
      // First give up a little of the dark end, which is air and film base; then leave headroom at the bright end.
      low = Math.max(
        low,
        Math.min(quantile(anatomy, 0.03), (middle - brightestMiddle * high) / (1 - brightestMiddle)),
      )
      high = Math.max(high, low + (middle - low) / brightestMiddle)
    } else if (inverted && (high - middle) / (high - low) > brightestMiddle) {
      plain = between(low, high)
      high = Math.min(
        high,
        Math.max(quantile(anatomy, 0.97), (middle - brightestMiddle * low) / (1 - brightestMiddle)),
      )
      low = Math.min(low, high - (high - middle) / brightestMiddle)
    }
  }
  return { window: between(low, high), plain }
}

/** Without the lowest and the highest value where more than 2 % of the pixels have it, unless little else is left. */
function withoutSaturation(distribution: Distribution): Distribution {
  const { values, counts, total } = distribution
  const last = counts.length - 1
  const first = (counts[0] ?? 0) > 0.02 * total ? 1 : 0
  const end = (counts[last] ?? 0) > 0.02 * total ? last : last + 1
  const kept = counts.subarray(first, end)
  const remaining = kept.reduce((sum, count) => sum + count, 0)
  if (remaining < 0.05 * total) return distribution
  return { values: values.subarray(first, end), counts: kept, total: remaining }
}

function quantile({ values, counts, total }: Distribution, share: number): number {
  let sum = 0
  for (let index = 0; index < counts.length; index++) {
    sum += counts[index] ?? 0
    if (sum >= share * total) return values[index] ?? 0
  }
  return values.at(-1) ?? 0
}
