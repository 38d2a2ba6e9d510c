import type { ImageDescription } from '../pixels.ts'
import type { NativeFrame } from './decode-frame.ts'
import { PixelError } from '../pixel-error.ts'
import { decodeDctJpeg } from './decode-dct-jpeg.ts'
import { decodeJpeg2000 } from './decode-jpeg2000.ts'
import { decodeJpegLs } from './decode-jpeg-ls.ts'
import { decodeLosslessJpeg } from './decode-lossless-jpeg.ts'
import { decodePlainJpeg } from './decode-plain-jpeg.ts'
import { readJpeg } from './read-jpeg.ts'

/** Decoded samples, pixel by pixel, one array element each, as wide as the stream says. */
export type CodecSamples = {
  values: Uint8Array | Int8Array | Uint16Array | Int16Array
  rows: number
  columns: number
  samplesPerPixel: number
  /** Bits per sample by the stream; may be fewer than Bits Stored. */
  precision: number
  /** What the samples are now; a decoder that undoes a colour transformation says RGB. */
  photometricInterpretation: string
  iccProfile?: Uint8Array | null
}

/**
 * Decodes any JPEG family stream by what the stream says it is. Files whose transfer syntax names another member of
 * the family exist, and every decoder here would refuse them for nothing.
 *
 * @throws {PixelError} `unsupported`, `damaged`, `too-large`
 */
export async function decodeCompressed(bytes: Uint8Array, image: ImageDescription): Promise<NativeFrame> {
  const samples = await decodeStream(bytes, image)
  const { rows, columns, samplesPerPixel } = samples
  if (rows !== image.rows || columns !== image.columns || samplesPerPixel !== image.samplesPerPixel) {
    const [found, declared] = [samples, image].map(
      (size) => `${size.columns} × ${size.rows} × ${size.samplesPerPixel}`,
    )
    throw new PixelError('damaged', `the stream holds ${found} samples, the header declares ${declared}`)
  }
  if (samples.precision > image.bitsAllocated) {
    throw new PixelError(
      'damaged',
      `the stream holds ${samples.precision} bits, the header allocates ${image.bitsAllocated}`,
    )
  }
  return {
    bytes: allocated(samples.values, image.bitsAllocated),
    photometricInterpretation: samples.photometricInterpretation,
    planarConfiguration: 0,
    iccProfile: samples.iccProfile,
  }
}

async function decodeStream(bytes: Uint8Array, image: ImageDescription): Promise<CodecSamples> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = bytes.length < 12 ? 0 : view.getUint32(0)
  if (start === 0xff4fff51 || start === 0x0000000c) return decodeJpeg2000(bytes, image) // a codestream, or a JP2 file round it
  if (start >>> 8 !== 0xffd8ff) throw new PixelError('damaged', 'the frame is neither JPEG nor JPEG 2000')

  const jpeg = readJpeg(bytes)
  if (jpeg.rows * jpeg.columns > image.rows * image.columns) {
    throw new PixelError('damaged', 'the stream holds more pixels than the header declares')
  }
  switch (jpeg.process) {
    case 'lossless':
      return decodeLosslessJpeg(jpeg, image.photometricInterpretation)
    case 'jpeg-ls':
      return decodeJpegLs(bytes, jpeg, image.photometricInterpretation)
    case 'baseline':
    case 'extended':
    case 'progressive':
      return jpeg.precision === 8
        ? decodePlainJpeg(bytes, jpeg, image)
        : decodeDctJpeg(jpeg, image.photometricInterpretation)
  }
}

/** The samples as little endian bytes of the allocated width. */
function allocated(values: CodecSamples['values'], bitsAllocated: number): Uint8Array {
  if (bitsAllocated === 1) {
    const packed = new Uint8Array(Math.ceil(values.length / 8))
    for (let index = 0; index < values.length; index++) {
      if (values[index]) packed[index >> 3] = (packed[index >> 3] ?? 0) | (1 << (index & 7))
    }
    return packed
  }
  const wide =
    bitsAllocated / 8 === values.BYTES_PER_ELEMENT
      ? values
      : bitsAllocated === 8
        ? new Uint8Array(values)
        : bitsAllocated === 16
          ? new Uint16Array(values)
          : bitsAllocated === 32
            ? new Uint32Array(values)
            : null
  if (wide === null)
    throw new PixelError('unsupported', `a compressed frame with ${bitsAllocated} bits allocated`)
  return new Uint8Array(wide.buffer, wide.byteOffset, wide.byteLength) // every platform Node runs on is little endian
}
