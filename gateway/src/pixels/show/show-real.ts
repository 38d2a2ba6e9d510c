import type { ImageDescription, Window } from '../pixels.ts'
import { PixelError } from '../pixel-error.ts'
import { chooseView } from './choose-view.ts'
import { sampleOf } from './distribution.ts'
import { modalityTransformation } from './modality-transformation.ts'
import type { ShownPicture } from './picture.ts'
import { showsInverted } from './shows-inverted.ts'

/** Grey images of 32-bit integers (dose) and of floating point numbers (parametric maps), one number at a time. */
export function showReal(bytes: Uint8Array, image: ImageDescription, window: Window | null): ShownPicture {
  const values = numbers(bytes, image)
  const modality = modalityTransformation(image)
  const { padding } = image
  const shown = (value: number) =>
    Number.isFinite(value) && !(padding && value >= padding.first && value <= padding.last)

  const view = chooseView(image, window, () =>
    sampleOf(values, (value) => (shown(value) ? modality(value) : null)),
  )
  const inverted = showsInverted(image)
  const data = new Uint8Array(values.length)
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0
    if (!shown(value)) continue
    const level = Math.round(view.transformation(modality(value)))
    data[index] = inverted ? 255 - level : level
  }
  return {
    data,
    channels: 1,
    width: image.columns,
    height: image.rows,
    window: view.window,
    source: view.source,
    quirks: view.quirks,
    asSent: view.asSent,
    iccProfile: null,
  }
}

function numbers(
  bytes: Uint8Array,
  image: ImageDescription,
): Uint32Array | Int32Array | Float32Array | Float64Array {
  const { pixelType, bitsAllocated, bitsStored, signed } = image
  const { buffer, byteOffset } = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes)
  const length = image.rows * image.columns
  if (pixelType === 'float' && bitsAllocated === 32) return new Float32Array(buffer, byteOffset, length)
  if (pixelType === 'double' && bitsAllocated === 64) return new Float64Array(buffer, byteOffset, length)
  if (pixelType === 'integer' && bitsAllocated === 32 && bitsStored === 32) {
    return signed ? new Int32Array(buffer, byteOffset, length) : new Uint32Array(buffer, byteOffset, length)
  }
  throw new PixelError('unsupported', `${pixelType} pixels with ${bitsStored} of ${bitsAllocated} bits`)
}
