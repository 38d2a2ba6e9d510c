import type { FrameBytes, ImageDescription } from '../pixels.ts'
import { PixelError } from '../pixel-error.ts'
import { deflatedFrameSyntax, jpegFamilies, nativeSyntaxes, rleSyntax, videoSyntaxes } from './decodable.ts'
import { decodeRle } from './decode-rle.ts'
import { decodeCompressed } from './decode-compressed.ts'
import { decodeVideo } from './decode-video.ts'
import { inflateFrame } from './inflate-frame.ts'
import { nativeFrame } from './native-frame.ts'

/** A frame as native pixel data in little endian, as the image's Bits Allocated wants it. */
export type NativeFrame = {
  bytes: Uint8Array
  photometricInterpretation: string
  planarConfiguration: 0 | 1
  /** Profile inside the compressed stream; counts where the data set has none. */
  iccProfile?: Uint8Array | null
}

const names = new Map([
  ['1.2.840.10008.1.2.4.94', 'JPIP referenced pixel data'],
  ['1.2.840.10008.1.2.4.95', 'JPIP referenced pixel data'],
  ['1.2.840.10008.1.2.4.110', 'JPEG XL'],
  ['1.2.840.10008.1.2.4.111', 'JPEG XL'],
  ['1.2.840.10008.1.2.4.112', 'JPEG XL'],
])

/**
 * Decodes one frame to native little endian pixel data.
 *
 * @param limits.framePixelsMax rows × columns that are worked on
 * @param isForPicture a video, which counts as one frame, is decoded as well: its first picture
 * @throws {PixelError} `unsupported`, `damaged`, `too-large`
 * @see DICOM PS3.5 §8 and §A for the encodings
 */
export async function decodeFrame(
  frame: FrameBytes,
  image: ImageDescription,
  limits: { framePixelsMax: number },
  { isForPicture = false } = {},
): Promise<NativeFrame> {
  const pixels = image.rows * image.columns
  if (pixels > limits.framePixelsMax) {
    throw new PixelError('too-large', `a frame of ${image.columns} × ${image.rows} pixels is over the limit`)
  }
  if (![1, 8, 16, 32, 64].includes(image.bitsAllocated)) {
    throw new PixelError('unsupported', `${image.bitsAllocated} bits allocated`)
  }

  const syntax = frame.transferSyntaxUid
  if (nativeSyntaxes.has(syntax)) return nativeFrame(frame, image)
  if (syntax === deflatedFrameSyntax) return nativeFrame(inflateFrame(frame, image), image)
  if (syntax === rleSyntax) return decodeRle(frame.bytes, image)
  if (jpegFamilies.test(syntax)) return decodeCompressed(frame.bytes, image)
  const video = videoSyntaxes.test(syntax)
  if (video && isForPicture) return decodeVideo(frame.bytes, image)

  throw new PixelError('unsupported', video ? 'video' : (names.get(syntax) ?? `transfer syntax ${syntax}`))
}
