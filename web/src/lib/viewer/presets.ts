import { rangeOf, type Histogram, type Range } from './initial-window.ts'
import type { StoredWindow } from './image-attributes.ts'

export type PresetName = 'as-acquired' | 'full' | 'enamel' | 'bone' | 'soft'
export type Preset = { name: PresetName; range: Range } | { name: 'stored'; label: string; range: Range }

/** Shares of the pixels that are darker than the bounds. */
const byShare = { enamel: [0.5, 0.9995], bone: [0.2, 0.97], soft: [0.003, 0.62] } as const

/** Of computed tomography, in Hounsfield units; of cone beams these are near. */
const byUnits = {
  enamel: { lower: 200, upper: 3200 },
  bone: { lower: -500, upper: 1900 },
  soft: { lower: -160, upper: 240 },
} as const

/**
 * Windows to choose from: as the image is shown at first, those it brings by name, those that bring out enamel, bone
 * and soft tissue, and all of its values. Of a projection there are no units, so those for tissue go by the image's own
 * values.
 *
 * @param isInverted low values are shown bright
 */
export function presetsOf(
  image: { modality: string; windows: readonly StoredWindow[]; isInverted: boolean; isColour: boolean },
  initial: Range,
  histogram: Histogram,
): Preset[] {
  const full = {
    lower: histogram.low,
    upper: histogram.low + histogram.binWidth * (histogram.counts.length - 1),
  }
  const first: Preset = { name: 'as-acquired', range: initial }
  const all: Preset = { name: 'full', range: full.upper > full.lower ? full : initial }
  if (image.isColour) return [first]

  const stored = image.windows
    .slice(1)
    .map((window): Preset => ({ name: 'stored', label: window.name, range: rangeOf(window) }))
    .filter((preset) => preset.name === 'stored' && preset.label !== '')
  const tissues = (['enamel', 'bone', 'soft'] as const).map((name): Preset => {
    if (image.modality === 'CT') return { name, range: byUnits[name] }
    const [dark, bright] = byShare[name]
    const [from, to] = image.isInverted ? [1 - bright, 1 - dark] : [dark, bright]
    const range = { lower: quantile(histogram, from), upper: quantile(histogram, to) }
    return { name, range: range.upper > range.lower ? range : initial }
  })
  return [first, ...stored, ...tissues, all]
}

function quantile({ low, binWidth, counts, total }: Histogram, share: number): number {
  let sum = 0
  for (let bin = 0; bin < counts.length; bin++) {
    sum += counts[bin] ?? 0
    if (sum >= share * total) return low + bin * binWidth
  }
  return low + binWidth * (counts.length - 1)
}
