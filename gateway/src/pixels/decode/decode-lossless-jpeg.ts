import { PixelError } from '../pixel-error.ts'
import { BitReader } from './bit-reader.ts'
import type { CodecSamples } from './decode-compressed.ts'
import type { HuffmanTable, Jpeg, JpegScan } from './read-jpeg.ts'

/**
 * JPEG Lossless (Process 14), any predictor, 2 to 16 bits, components in one scan or in one each.
 *
 * @throws {PixelError} `damaged`, `unsupported` for subsampled components
 * @see ITU-T T.81 §H; DICOM PS3.5 §A.4.1, transfer syntaxes 1.2.840.10008.1.2.4.57 and .70
 */
export function decodeLosslessJpeg(jpeg: Jpeg, photometricInterpretation: string): CodecSamples {
  const { rows, columns, precision, components, scans } = jpeg
  if (
    components.some(({ horizontal, vertical }) => horizontal !== 1 || vertical !== 1) &&
    components.length > 1
  ) {
    throw new PixelError('unsupported', 'lossless JPEG with subsampled components')
  }
  // A sample takes at least one bit: what declares more is not worth allocating for.
  const dataBytes = scans.flatMap((scan) => scan.data).reduce((sum, piece) => sum + piece.length, 0)
  if (rows * columns * components.length > dataBytes * 8)
    throw new PixelError('damaged', 'the JPEG data ends too early')

  const samples = rows * columns * components.length
  const values = precision > 8 ? new Uint16Array(samples) : new Uint8Array(samples)
  for (const scan of scans) decodeScan(values, jpeg, scan)
  return { values, rows, columns, samplesPerPixel: components.length, precision, photometricInterpretation }
}

function decodeScan(values: Uint8Array | Uint16Array, jpeg: Jpeg, scan: JpegScan): void {
  const { rows, columns, precision, components } = jpeg
  const { restartInterval, spectralStart: predictor, approximationLow: pointTransform } = scan
  const rowsPerInterval = restartInterval === 0 ? rows : restartInterval / columns
  if (!Number.isInteger(rowsPerInterval) || predictor < 1 || predictor > 7 || pointTransform >= precision) {
    throw new PixelError('damaged', 'a lossless JPEG scan with impossible parameters')
  }
  const channels = scan.components.map(({ index, dcTable }) => {
    if (dcTable === null) throw new PixelError('damaged', 'a JPEG scan without its Huffman table')
    return { offset: index, table: dcTable }
  })
  const start = 1 << (precision - pointTransform - 1)
  const lineStride = columns * components.length

  for (let row = 0, piece = 0; row < rows; row += rowsPerInterval, piece++) {
    const data = scan.data[piece]
    if (data === undefined) throw new PixelError('damaged', 'a lossless JPEG scan ends too early')
    const reader = new BitReader(data)
    const last = Math.min(row + rowsPerInterval, rows)
    const [only] = channels
    for (let line = row; line < last; line++) {
      const first = line * lineStride
      const above = line === row ? -1 : first - lineStride
      if (channels.length === 1 && only) {
        decodeLine(
          reader,
          values,
          only,
          first,
          above,
          components.length,
          columns,
          predictor,
          pointTransform,
          start,
        )
      } else {
        decodeInterleavedLine(
          reader,
          values,
          channels,
          first,
          above,
          components.length,
          columns,
          predictor,
          pointTransform,
          start,
        )
      }
      reader.checkEnd()
    }
  }
}

type Channel = { offset: number; table: HuffmanTable }

/** The usual radiograph: one component; the predictor is settled outside the inner loop, which takes half the time. */
function decodeLine(
  reader: BitReader,
  values: Uint8Array | Uint16Array,
  { offset, table }: Channel,
  first: number,
  above: number,
  stride: number,
  columns: number,
  predictor: number,
  pointTransform: number,
  start: number,
): void {
  let position = first + offset
  const up = above < 0 ? 0 : above - first
  let previous =
    ((above < 0 ? start : (values[position + up] ?? 0) >> pointTransform) + lossless(reader, table)) & 0xffff
  values[position] = previous << pointTransform
  position += stride
  if (above < 0 || predictor === 1) {
    for (let column = 1; column < columns; column++, position += stride) {
      previous = (previous + lossless(reader, table)) & 0xffff
      values[position] = previous << pointTransform
    }
    return
  }
  let corner = (values[position - stride + up] ?? 0) >> pointTransform
  for (let column = 1; column < columns; column++, position += stride) {
    const over = (values[position + up] ?? 0) >> pointTransform
    previous = (predict(predictor, previous, over, corner) + lossless(reader, table)) & 0xffff
    values[position] = previous << pointTransform
    corner = over
  }
}

function decodeInterleavedLine(
  reader: BitReader,
  values: Uint8Array | Uint16Array,
  channels: Channel[],
  first: number,
  above: number,
  stride: number,
  columns: number,
  predictor: number,
  pointTransform: number,
  start: number,
): void {
  for (let column = 0; column < columns; column++) {
    for (const { offset, table } of channels) {
      const position = first + column * stride + offset
      const left = column === 0 ? 0 : (values[position - stride] ?? 0) >> pointTransform
      const over = above < 0 ? 0 : (values[position - first + above] ?? 0) >> pointTransform
      const corner =
        above < 0 || column === 0 ? 0 : (values[position - first + above - stride] ?? 0) >> pointTransform
      const prediction =
        above < 0
          ? column === 0
            ? start
            : left
          : column === 0
            ? over
            : predict(predictor, left, over, corner)
      values[position] = ((prediction + lossless(reader, table)) & 0xffff) << pointTransform
    }
  }
}

function lossless(reader: BitReader, table: HuffmanTable): number {
  const length = reader.symbol(table)
  if (length < 16) return reader.difference(length)
  if (length > 16) throw new PixelError('damaged', 'an impossible lossless difference')
  return 32768
}

/** T.81 table H.1. */
function predict(predictor: number, left: number, above: number, corner: number): number {
  switch (predictor) {
    case 1:
      return left
    case 2:
      return above
    case 3:
      return corner
    case 4:
      return left + above - corner
    case 5:
      return left + ((above - corner) >> 1)
    case 6:
      return above + ((left - corner) >> 1)
    default:
      return (left + above) >> 1
  }
}
