import type { LookupTable, Window } from '../pixels.ts'
import { lookUp } from './modality-transformation.ts'

/**
 * A window as a function from modality units to 0–255, unrounded.
 *
 * @see DICOM PS3.3 §C.11.2.1.2 Window Center and Window Width, §C.11.2.1.3 VOI LUT Function
 */
export function windowTransformation({ center, width, function: shape }: Window): (value: number) => number {
  switch (shape) {
    case 'linear': {
      const low = center - 0.5 - (width - 1) / 2
      const high = center - 0.5 + (width - 1) / 2
      return (value) => (value <= low ? 0 : value > high ? 255 : ((value - low) / (width - 1)) * 255)
    }
    case 'linear-exact': {
      const low = center - width / 2
      const high = center + width / 2
      return (value) => (value <= low ? 0 : value > high ? 255 : ((value - low) / width) * 255)
    }
    case 'sigmoid':
      return (value) => 255 / (1 + Math.exp((-4 * (value - center)) / width))
  }
}

/** A VOI LUT as a function from modality units to 0–255, unrounded (PS3.3 §C.11.2.1.1). */
export function voiLutTransformation(table: LookupTable): (value: number) => number {
  const largest = 2 ** table.bits - 1
  return (value) => (lookUp(table, value) / largest) * 255
}
