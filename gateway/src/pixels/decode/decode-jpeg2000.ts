import type { ImageDescription } from '../pixels.ts'
import { PixelError } from '../pixel-error.ts'
import type { CodecSamples } from './decode-compressed.ts'
import { hasEndMarker } from './has-end-marker.ts'
import { readJpeg2000 } from './read-jpeg2000.ts'
import { runDecoder, wasmCodec, type WasmDecoder } from './wasm-codec.ts'

const newOpenJpeg = wasmCodec<WasmDecoder>(
  '@cornerstonejs/codec-openjpeg/decodewasmjs',
  '@cornerstonejs/codec-openjpeg/decodewasm',
  'J2KDecoder',
)
const newOpenJph = wasmCodec<WasmDecoder>(
  '@cornerstonejs/codec-openjph/wasmjs',
  '@cornerstonejs/codec-openjph/wasm',
  'HTJ2KDecoder',
)

/**
 * JPEG 2000 Part 1 through OpenJPEG, High-Throughput JPEG 2000 (Part 15) through OpenJPH; also inside a JP2 file,
 * which DICOM forbids and some writers send.
 *
 * @throws {PixelError} `damaged`, `unsupported` over 16 bits
 * @see DICOM PS3.5 §A.4.4 and §A.4.13, transfer syntaxes 1.2.840.10008.1.2.4.90, .91 and .201 to .203
 */
export async function decodeJpeg2000(bytes: Uint8Array, image: ImageDescription): Promise<CodecSamples> {
  const header = readJpeg2000(bytes)
  const { rows, columns, samplesPerPixel, precision, signed } = header
  if (rows !== image.rows || columns !== image.columns || samplesPerPixel !== image.samplesPerPixel) {
    // Before the codec allocates what the stream declares.
    throw new PixelError('damaged', 'the JPEG 2000 frame is not the size the header declares')
  }
  if (precision > 16) throw new PixelError('unsupported', `JPEG 2000 with ${precision} bits`)

  const name = header.highThroughput ? 'HTJ2K' : 'JPEG 2000'
  if (!hasEndMarker(header.codestream)) throw new PixelError('damaged', `the ${name} frame ends too early`)
  const decoder = await (header.highThroughput ? newOpenJph() : newOpenJpeg())
  const { info, decoded } = runDecoder(decoder, header.codestream, name)
  const sampleBytes = precision > 8 ? 2 : 1
  const complete = decoded.length === rows * columns * samplesPerPixel * sampleBytes
  if (info.width !== columns || info.height !== rows || !complete) {
    throw new PixelError('damaged', `the ${name} frame is not the size it declares`)
  }
  return {
    values: typed(decoded, sampleBytes, signed),
    rows,
    columns,
    samplesPerPixel,
    precision,
    // With the multiple component transformation undone the samples are RGB, whatever the header calls them.
    photometricInterpretation:
      samplesPerPixel === 3 &&
      (header.componentTransform || !/^YBR_FULL/.test(image.photometricInterpretation))
        ? 'RGB'
        : image.photometricInterpretation,
  }
}

function typed(decoded: Uint8Array, sampleBytes: 1 | 2, signed: boolean): CodecSamples['values'] {
  if (sampleBytes === 1) return signed ? new Int8Array(decoded.buffer) : decoded
  return signed ? new Int16Array(decoded.buffer) : new Uint16Array(decoded.buffer)
}
