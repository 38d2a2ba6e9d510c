import type { FrameBytes, ImageDescription } from '../pixels.ts'
import type { NativeFrame } from './decode-frame.ts'
import { PixelError } from '../pixel-error.ts'
import { frameLength } from './frame-length.ts'

/**
 * A native frame cut to its length.
 *
 * @throws {PixelError} `damaged` when there are fewer bytes than the image needs
 */
export function nativeFrame({ bytes }: FrameBytes, image: ImageDescription): NativeFrame {
  const length = frameLength(image)
  if (bytes.length < length) {
    throw new PixelError('damaged', `the frame has ${bytes.length} bytes where ${length} are declared`)
  }
  const { photometricInterpretation, planarConfiguration } = image
  return { bytes: bytes.subarray(0, length), photometricInterpretation, planarConfiguration }
}
