import type { FrameBytes, ImageDescription } from '../pixels.ts'
import type { NativeFrame } from './decode-frame.ts'
import { PixelError } from '../pixel-error.ts'
import { frameLength } from './frame-length.ts'

/**
 * A native frame in little endian, cut to its length, its bits beginning at bit 0.
 *
 * @throws {PixelError} `damaged` when there are fewer bytes than the image needs
 * @see DICOM PS3.5 §8.1.1 (bits), §8.1.2 (big endian words)
 */
export function nativeFrame(
  frame: FrameBytes,
  image: ImageDescription,
  order: 'little' | 'big',
): NativeFrame {
  const length = frameLength(image)
  const { photometricInterpretation, planarConfiguration } = image
  const shape = { photometricInterpretation, planarConfiguration }

  if (image.bitsAllocated === 1) {
    const source = order === 'big' && image.pixelDataInWords ? swapped(frame.bytes, 2) : frame.bytes
    return { bytes: shiftedBits(source, frame.bitOffset ?? 0, image.rows * image.columns), ...shape }
  }

  // Samples of 8 bits in OW are pairs in a big endian word; samples of 16 bits and more are numbers of their own.
  const swap =
    order === 'little'
      ? 1
      : image.bitsAllocated === 8
        ? image.pixelDataInWords
          ? 2
          : 1
        : image.bitsAllocated / 8
  const even = length + (swap === 2 ? length % 2 : 0)
  const source = frame.bytes.subarray(0, even)
  if (source.length < length) {
    throw new PixelError('damaged', `the frame has ${source.length} bytes where ${length} are declared`)
  }
  return { bytes: (swap === 1 ? source : swapped(source, swap)).subarray(0, length), ...shape }
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const copy = Buffer.alloc(Math.ceil(bytes.length / size) * size)
  copy.set(bytes)
  return size === 2 ? copy.swap16() : size === 4 ? copy.swap32() : copy.swap64()
}

function shiftedBits(bytes: Uint8Array, offset: number, count: number): Uint8Array {
  const length = Math.ceil(count / 8)
  if (bytes.length * 8 < offset + count) {
    throw new PixelError('damaged', `the frame has ${bytes.length} bytes where ${length} are declared`)
  }
  if (offset === 0) return bytes.subarray(0, length)
  return Uint8Array.from({ length }, (_, index) => {
    return ((bytes[index] ?? 0) >> offset) | (((bytes[index + 1] ?? 0) << (8 - offset)) & 0xff)
  })
}
