import { lookUp, modalityTransformation } from '../show/modality-transformation.ts'
import type { ImageDescription, Presentation } from '../pixels.ts'
import { PixelError } from '../pixel-error.ts'
import { allocatedWords, storedValue } from '../show/stored-values.ts'
import { windowTransformation } from '../show/voi-transformation.ts'

/**
 * Grey pixels through the transformations of a presentation state alone: what it leaves out is identity, and the
 * image's own window, LUTs and polarity count for nothing.
 *
 * @returns P-values of 8 bits, or RGB of a pseudo-colour state
 * @throws {PixelError} `unsupported` for more than 16 bits and floating point
 * @see DICOM PS3.4 §N.2.1 and §N.2.3
 */
export function presentGrey(
  bytes: Uint8Array,
  image: ImageDescription,
  grey: NonNullable<Presentation['grey']>,
): { data: Uint8Array; channels: 1 | 3 } {
  if (image.pixelType !== 'integer' || image.bitsAllocated > 16) {
    throw new PixelError('unsupported', 'a presentation state over more than 16 bits')
  }
  const words = allocatedWords(bytes, image)
  const stored = storedValue(image)
  const share = shareOf(image, grey)
  const size = words.BYTES_PER_ELEMENT === 1 ? 256 : 65536
  const pixels = image.rows * image.columns
  const { palette } = grey
  if (palette) {
    const last = palette.red.length - 1
    const entries = Uint16Array.from({ length: size }, (_, word) => Math.round(share(stored(word)) * last))
    const data = new Uint8Array(pixels * 3)
    for (let index = 0, write = 0; index < pixels; index++) {
      const entry = entries[words[index] ?? 0] ?? 0
      data[write++] = palette.red[entry] ?? 0
      data[write++] = palette.green[entry] ?? 0
      data[write++] = palette.blue[entry] ?? 0
    }
    return { data, channels: 3 }
  }
  const table = Uint8Array.from({ length: size }, (_, word) => Math.round(share(stored(word)) * 255))
  const data = new Uint8Array(pixels)
  for (let index = 0; index < pixels; index++) data[index] = table[words[index] ?? 0] ?? 0
  return { data, channels: 1 }
}

/** From a stored value to a share of the P-values, 0 to 1. */
function shareOf(
  image: ImageDescription,
  grey: NonNullable<Presentation['grey']>,
): (stored: number) => number {
  const { modalityLut, rescale, window, voiLut, presentationLut } = grey
  const modality = modalityTransformation({ modalityLut, rescale })
  let voi: (value: number) => number
  if (voiLut) {
    const largest = 2 ** voiLut.bits - 1
    voi = (value) => lookUp(voiLut, value) / largest
  } else if (window) {
    const transformation = windowTransformation(window)
    voi = (value) => transformation(value) / 255
  } else {
    const { low, high } = rangeOf(image, grey)
    voi = (value) => Math.max(0, Math.min(1, (value - low) / (high - low)))
  }
  if (presentationLut === 'identity') return (stored) => voi(modality(stored))
  if (presentationLut === 'inverse') return (stored) => 1 - voi(modality(stored))
  // its input is the whole range of what comes before it (PS3.4 §N.2.1.3)
  const { values, bits } = presentationLut
  const [last, largest] = [values.length - 1, 2 ** bits - 1]
  return (stored) => (values[Math.round(voi(modality(stored)) * last)] ?? 0) / largest
}

/** What the modality transformation can give. */
function rangeOf(
  { bitsStored, signed }: ImageDescription,
  { modalityLut, rescale }: NonNullable<Presentation['grey']>,
): { low: number; high: number } {
  if (modalityLut) return { low: 0, high: 2 ** modalityLut.bits - 1 }
  const lowest = signed ? -(2 ** (bitsStored - 1)) : 0
  const ends = [lowest, lowest + 2 ** bitsStored - 1].map((end) =>
    rescale ? end * rescale.slope + rescale.intercept : end,
  )
  return { low: Math.min(...ends), high: Math.max(...ends) }
}
