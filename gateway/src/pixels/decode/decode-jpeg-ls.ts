import { PixelError } from '../pixel-error.ts'
import type { CodecSamples } from './decode-compressed.ts'
import { hasEndMarker } from './has-end-marker.ts'
import type { Jpeg } from './read-jpeg.ts'
import { runDecoder, wasmCodec, type WasmDecoder } from './wasm-codec.ts'

const newDecoder = wasmCodec<WasmDecoder>(
  '@cornerstonejs/codec-charls/decodewasmjs',
  '@cornerstonejs/codec-charls/decodewasm',
  'JpegLSDecoder',
)

/**
 * JPEG-LS, lossless and near-lossless, through CharLS.
 *
 * @throws {PixelError} `damaged`
 * @see DICOM PS3.5 §A.4.3, transfer syntaxes 1.2.840.10008.1.2.4.80 and .81
 */
export async function decodeJpegLs(
  bytes: Uint8Array,
  jpeg: Jpeg,
  photometricInterpretation: string,
): Promise<CodecSamples> {
  if (!hasEndMarker(bytes)) throw new PixelError('damaged', 'the JPEG-LS frame ends too early')
  const decoder = await newDecoder()
  const { info, decoded } = runDecoder(decoder, bytes, 'JPEG-LS')
  const samples = jpeg.rows * jpeg.columns * jpeg.components.length
  const sampleBytes = jpeg.precision > 8 ? 2 : 1
  if (info.width !== jpeg.columns || info.height !== jpeg.rows || decoded.length !== samples * sampleBytes) {
    throw new PixelError('damaged', 'the JPEG-LS frame is not the size it declares')
  }
  const flat = sampleBytes === 2 ? new Uint16Array(decoded.buffer) : decoded
  // Without interleaving the codec hands out one component after the other.
  const planar = jpeg.components.length > 1 && decoder.getInterleaveMode?.() === 0
  return {
    values: planar ? interleaved(flat, jpeg.components.length) : flat,
    rows: jpeg.rows,
    columns: jpeg.columns,
    samplesPerPixel: jpeg.components.length,
    precision: jpeg.precision,
    photometricInterpretation,
  }
}

function interleaved<Values extends Uint8Array | Uint16Array>(planes: Values, components: number): Values {
  const values = planes.slice()
  const pixels = planes.length / components
  for (let component = 0, read = 0; component < components; component++) {
    for (let write = component; read < (component + 1) * pixels; read++, write += components) {
      values[write] = planes[read] ?? 0
    }
  }
  // `slice` of a typed array is of its own kind; TypeScript widens it.
  return values as Values
}
