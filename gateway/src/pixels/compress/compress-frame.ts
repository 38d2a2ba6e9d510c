import sharp from 'sharp'
import { decodeFrame } from '../decode/decode-frame.ts'
import { PixelError } from '../pixel-error.ts'
import type { FrameBytes, ImageDescription } from '../pixels.ts'
import { showColour } from '../show/show-colour.ts'
import { codecSamples } from './codec-samples.ts'
import { compressLosslessJpeg } from './compress-lossless-jpeg.ts'
import { compressRle } from './compress-rle.ts'
import { compressHighThroughput, compressJpeg2000, compressJpegLs } from './compress-wasm.ts'
import { compressionRefusal } from './compression-refusal.ts'
import { compressionTargets } from './compression-targets.ts'

/** Quality of JPEG baseline, with colour at full size: what it changes cannot be seen (see the tests' bound). */
const baselineQuality = 92

/**
 * One frame in another compressed transfer syntax; lossless for all but JPEG baseline.
 *
 * @returns the bit stream, of even length, and what the data set has to say of it
 * @throws {PixelError} `unsupported` for what that syntax cannot hold without losing more than it says, and as `decodeFrame`
 * @see DICOM PS3.5 §8.2 and §A.4
 */
export async function compressFrame(
  frame: FrameBytes,
  image: ImageDescription,
  transferSyntaxUid: string,
  limits: { framePixelsMax: number },
): Promise<{ bytes: Uint8Array; photometricInterpretation: string; planarConfiguration: 0 }> {
  const target = compressionTargets.get(transferSyntaxUid)
  const refusal = compressionRefusal(image, frame.transferSyntaxUid, transferSyntaxUid)
  if (!target || refusal !== null) throw new PixelError('unsupported', refusal ?? 'no such compression')
  const native = await decodeFrame(frame, image, limits)
  const answer = (bytes: Uint8Array, photometricInterpretation: string) => ({
    bytes: bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]), // PS3.5 §A.4
    photometricInterpretation,
    planarConfiguration: 0 as const,
  })
  const reversible = (photometricInterpretation: string) =>
    image.samplesPerPixel === 3 ? 'YBR_RCT' : photometricInterpretation

  switch (target.name) {
    case 'rle': {
      if (image.bitsAllocated === 32)
        return answer(compressRle(native.bytes, image), native.photometricInterpretation)
      // no precision of its own: words as they are
      const { values, photometricInterpretation } = codecSamples(
        native,
        { ...image, bitsStored: image.bitsAllocated, highBit: image.bitsAllocated - 1 },
        false,
      )
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
      return answer(compressRle(bytes, image), photometricInterpretation)
    }
    case 'jpeg-lossless': {
      const samples = codecSamples(native, image, false)
      return answer(compressLosslessJpeg(samples), samples.photometricInterpretation)
    }
    case 'jpeg-ls': {
      const samples = codecSamples(native, image, false)
      return answer(await compressJpegLs(samples), samples.photometricInterpretation)
    }
    case 'jpeg-2000': {
      const samples = codecSamples(native, image, true)
      return answer(await compressJpeg2000(samples), reversible(samples.photometricInterpretation))
    }
    case 'htj2k': {
      const samples = codecSamples(native, image, true)
      return answer(await compressHighThroughput(samples), reversible(samples.photometricInterpretation))
    }
    case 'jpeg-baseline': {
      const grey = image.samplesPerPixel === 1
      const { photometricInterpretation, planarConfiguration } = native
      const data = grey
        ? native.bytes
        : showColour(native.bytes, { ...image, photometricInterpretation, planarConfiguration }).data
      const raw = { width: image.columns, height: image.rows, channels: grey ? 1 : 3 } as const
      const bytes = await sharp(data, { raw, limitInputPixels: false })
        .toColourspace(grey ? 'b-w' : 'srgb')
        .jpeg({ quality: baselineQuality, chromaSubsampling: '4:4:4', progressive: false })
        .toBuffer()
      return answer(bytes, grey ? photometricInterpretation : 'YBR_FULL')
    }
  }
}
