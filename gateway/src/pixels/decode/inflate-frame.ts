import { inflateRawSync } from 'node:zlib'
import type { FrameBytes, ImageDescription } from '../pixels.ts'
import { PixelError } from '../pixel-error.ts'
import { frameLength } from './frame-length.ts'

/**
 * Undoes Deflated Image Frame Compression.
 *
 * @throws {PixelError} `damaged` when the stream is broken or holds more than the frame
 * @see DICOM PS3.5 §A.4.13 and §10.20
 */
export function inflateFrame(frame: FrameBytes, image: ImageDescription): FrameBytes {
  try {
    const bytes = inflateRawSync(frame.bytes, { maxOutputLength: frameLength(image) + 1 }) // one byte of padding
    return { ...frame, bytes }
  } catch {
    throw new PixelError('damaged', 'the deflated frame cannot be inflated to its declared size')
  }
}
