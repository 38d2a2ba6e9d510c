import sharp from 'sharp'
import type { ImageDescription } from '../pixels.ts'
import { PixelError } from '../pixel-error.ts'
import type { CodecSamples } from './decode-compressed.ts'
import type { Jpeg } from './read-jpeg.ts'

/**
 * 8-bit DCT JPEG, through libjpeg: grey as grey, everything else as RGB.
 *
 * @throws {PixelError} `damaged` when the stream is broken or cut off
 * @see DICOM PS3.5 §8.2.1
 */
export async function decodePlainJpeg(
  bytes: Uint8Array,
  jpeg: Jpeg,
  image: ImageDescription,
): Promise<CodecSamples> {
  const grey = jpeg.components.length === 1
  const source =
    jpeg.components.length === 3 ? withColourTransform(bytes, jpeg, image.photometricInterpretation) : bytes
  const options = { failOn: 'error', ignoreIcc: true, limitInputPixels: jpeg.rows * jpeg.columns } as const
  const { data, info } = await sharp(source, options)
    .toColourspace(grey ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(() => {
      throw new PixelError('damaged', 'the JPEG frame cannot be decoded')
    })
  return {
    values: data,
    rows: info.height,
    columns: info.width,
    samplesPerPixel: info.channels,
    precision: 8,
    photometricInterpretation: grey ? image.photometricInterpretation : 'RGB',
    iccProfile: jpeg.components.length === 3 ? jpeg.iccProfile : null,
  }
}

/**
 * The stream with one Adobe marker that says what its three components are, so that the decoder need not guess.
 *
 * What the stream itself says comes first, since writers set the photometric interpretation wrong more often: an Adobe
 * marker, then JFIF (always YCbCr), then components named R, G and B; the header decides only where the stream is silent.
 */
function withColourTransform(bytes: Uint8Array, jpeg: Jpeg, photometricInterpretation: string): Uint8Array {
  const named = jpeg.components.map(({ id }) => String.fromCharCode(id)).join('')
  const transformed =
    jpeg.adobeTransform !== null
      ? jpeg.adobeTransform !== 0
      : jpeg.jfif || (named !== 'RGB' && photometricInterpretation !== 'RGB')
  const adobe = Buffer.from('ffee000e41646f626500640000000000', 'hex')
  adobe[15] = transformed ? 1 : 0

  const pieces: Uint8Array[] = [bytes.subarray(0, 2), adobe]
  let position = 2
  for (const { marker, start, end } of jpeg.segments) {
    // Application segments and comments hold nothing that decodes, and JFIF would outvote the marker.
    if ((marker >= 0xe0 && marker <= 0xef) || marker === 0xfe) {
      pieces.push(bytes.subarray(position, start))
      position = end
    }
  }
  pieces.push(bytes.subarray(position))
  return Buffer.concat(pieces)
}
