import { PixelError } from '../pixel-error.ts'
import { wasmCodec } from '../decode/wasm-codec.ts'
import type { CodecSamples } from './codec-samples.ts'

type SampleInfo = {
  width: number
  height: number
  bitsPerSample: number
  componentCount: number
  isSigned: boolean
  isUsingColorTransform: boolean
}

/** What the encoders of the Cornerstone codec packages have in common. */
type WasmEncoder = {
  getDecodedBuffer(info: SampleInfo): Uint8Array
  encode(): void
  getEncodedBuffer(): Uint8Array
}
type JpegLsEncoder = WasmEncoder & {
  setNearLossless(difference: number): void
  setInterleaveMode(mode: 0 | 1 | 2): void
}
type Jpeg2000Encoder = WasmEncoder & {
  setDecompositions(levels: number): void
  setProgressionOrder(order: number): void
  setQuality(lossless: boolean, layersOrStep: number): void
  setCompressionRatio(layer: number, ratio: number): void
}
type HighThroughputEncoder = Omit<Jpeg2000Encoder, 'setCompressionRatio'> & {
  setTLMMarker(on: boolean): void
}

const newJpegLs = wasmCodec<JpegLsEncoder>(
  '@cornerstonejs/codec-charls/wasmjs',
  '@cornerstonejs/codec-charls/wasm',
  'JpegLSEncoder',
)
const newJpeg2000 = wasmCodec<Jpeg2000Encoder>(
  '@cornerstonejs/codec-openjpeg/wasmjs',
  '@cornerstonejs/codec-openjpeg/wasm',
  'J2KEncoder',
)
const newHighThroughput = wasmCodec<HighThroughputEncoder>(
  '@cornerstonejs/codec-openjph/wasmjs',
  '@cornerstonejs/codec-openjph/wasm',
  'HTJ2KEncoder',
)
const [layerByLayer, byResolution] = [0, 2] // LRCP, RPCL

/** JPEG-LS lossless; colour sample by sample in one scan. @see DICOM PS3.5 §A.4.3 */
export async function compressJpegLs(samples: CodecSamples): Promise<Uint8Array> {
  const encoder = await newJpegLs()
  encoder.setNearLossless(0)
  encoder.setInterleaveMode(samples.samplesPerPixel === 3 ? 2 : 0)
  return run(encoder, samples, 'JPEG-LS')
}

/** JPEG 2000, reversible; colour by the reversible transformation, so that it is YBR_RCT then. @see DICOM PS3.5 §A.4.4 */
export async function compressJpeg2000(samples: CodecSamples): Promise<Uint8Array> {
  const encoder = await newJpeg2000()
  encoder.setDecompositions(levelsFor(samples))
  encoder.setProgressionOrder(layerByLayer)
  encoder.setQuality(true, 1)
  encoder.setCompressionRatio(0, 0) // as large as it has to be
  return run(encoder, samples, 'JPEG 2000')
}

/**
 * HTJ2K, reversible, resolution by resolution with lengths of its parts ahead (TLM), which is what .202 asks for
 * beyond .201.
 *
 * @see DICOM PS3.5 §A.4.13
 */
export async function compressHighThroughput(samples: CodecSamples): Promise<Uint8Array> {
  const encoder = await newHighThroughput()
  encoder.setDecompositions(levelsFor(samples))
  encoder.setProgressionOrder(byResolution)
  encoder.setTLMMarker(true)
  encoder.setQuality(true, 0)
  return run(encoder, samples, 'HTJ2K')
}

/** Five where the image is large enough; a level of less than a pixel is one that some decoders refuse. */
function levelsFor({ rows, columns }: CodecSamples): number {
  return Math.max(0, Math.min(5, Math.floor(Math.log2(Math.min(rows, columns)))))
}

function run(encoder: WasmEncoder, samples: CodecSamples, name: string): Uint8Array {
  const { values, columns, rows, precision, samplesPerPixel, signed } = samples
  try {
    const buffer = encoder.getDecodedBuffer({
      width: columns,
      height: rows,
      bitsPerSample: precision,
      componentCount: samplesPerPixel,
      isSigned: signed,
      isUsingColorTransform: samplesPerPixel === 3,
    })
    const wide = precision > 8 && values.BYTES_PER_ELEMENT === 1 ? Uint16Array.from(values) : values
    const narrow = precision <= 8 && wide.BYTES_PER_ELEMENT === 2 ? Uint8Array.from(wide) : wide
    buffer.set(new Uint8Array(narrow.buffer, narrow.byteOffset, narrow.byteLength))
    encoder.encode()
    const bytes = new Uint8Array(encoder.getEncodedBuffer())
    if (bytes.length === 0) throw new Error('nothing came out')
    return bytes
  } catch {
    // The codecs throw numbers, strings and WebAssembly traps; none of them tells a reader more.
    throw new PixelError('unsupported', `the frame cannot be compressed as ${name}`)
  }
}
