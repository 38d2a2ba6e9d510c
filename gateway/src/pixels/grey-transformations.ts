import { numbers, text, type DicomAttributes } from './json-values.ts'
import type { ImageDescription, Window, WindowFunction } from './pixels.ts'

/** Brings a US value into a signed image's range and the other way round: writers mix the two VRs up. */
export function wrapToStored(value: number, signed: boolean, bitsAllocated: number): number {
  const range = 2 ** bitsAllocated
  if (signed && value >= range / 2) return value - range
  if (!signed && value < 0) return value + range
  return value
}

/** (0028,1053) and (0028,1052); null where they change nothing. */
export function rescale(attributes: DicomAttributes): ImageDescription['rescale'] {
  const [slope = 1] = numbers(attributes, '00281053')
  const [intercept = 0] = numbers(attributes, '00281052')
  // A slope of 0 would flatten the picture; writers mean "none".
  return slope === 0 || (slope === 1 && intercept === 0) ? null : { slope, intercept }
}

/** The usable windows of a data set or item, PS3.3 §C.11.2.1.2. */
export function windows(attributes: DicomAttributes): Window[] {
  const centers = numbers(attributes, '00281050')
  const widths = numbers(attributes, '00281051')
  const name = text(attributes, '00281056')?.toUpperCase()
  const shape: WindowFunction =
    name === 'SIGMOID' ? 'sigmoid' : name === 'LINEAR_EXACT' ? 'linear-exact' : 'linear'
  return centers.flatMap((center, index) => {
    const width = widths[index]
    const usable = width !== undefined && (shape === 'linear' ? width >= 1 : width > 0)
    return usable ? [{ center, width, function: shape }] : []
  })
}
