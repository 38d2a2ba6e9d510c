import type { ImageDescription, LookupTable } from '../pixels.ts'

/**
 * Stored values to the modality's units (HU, optical density …), by LUT or rescale.
 *
 * @see DICOM PS3.3 §C.11.1 Modality LUT
 */
export function modalityTransformation({
  modalityLut,
  rescale,
}: Pick<ImageDescription, 'modalityLut' | 'rescale'>): (stored: number) => number {
  if (modalityLut) return (stored) => lookUp(modalityLut, stored)
  if (rescale) return (stored) => stored * rescale.slope + rescale.intercept
  return (stored) => stored
}

/** An entry of a lookup table; inputs below and above it take the first and the last. */
export function lookUp({ first, values }: LookupTable, input: number): number {
  const index = Math.max(0, Math.min(values.length - 1, Math.round(input) - first))
  return values[index] ?? 0
}
