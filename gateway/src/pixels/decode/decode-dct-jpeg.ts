import { PixelError } from '../pixel-error.ts'
import { BitReader } from './bit-reader.ts'
import type { CodecSamples } from './decode-compressed.ts'
import type { HuffmanTable, Jpeg, JpegScan } from './read-jpeg.ts'

/** One component's coefficients, whole MCUs, 64 to a block in natural order, and where it lies in an MCU. */
type Plane = {
  horizontal: number
  vertical: number
  /** Blocks that hold pixels; scans of a single component have only these (T.81 §A.2.2). */
  blocksAcross: number
  blocksDown: number
  /** Blocks of a row in memory, up to whole MCUs. */
  stride: number
  coefficients: Int32Array
  quantization: Uint16Array | null
}

const zigzag = Uint8Array.of(
  ...[
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28,
  ],
  ...[
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60,
    61, 54, 47, 55, 62, 63,
  ],
)

/**
 * DCT JPEG with 12 bits, sequential or progressive: what the 8-bit library cannot read.
 *
 * @returns samples as stored (YCbCr stays YCbCr), subsampled components repeated
 * @throws {PixelError} `damaged`, `unsupported` for other precisions
 * @see ITU-T T.81 §F.2, §G.2; DICOM PS3.5 §A.4.1, transfer syntaxes 1.2.840.10008.1.2.4.51, .53 and .55
 */
export function decodeDctJpeg(jpeg: Jpeg, photometricInterpretation: string): CodecSamples {
  const { rows, columns, precision, components, scans } = jpeg
  if (precision !== 12) throw new PixelError('unsupported', `DCT JPEG with ${precision} bits`)

  // A block takes at least two bits, one for each code: what declares more is not worth allocating for.
  const dataBytes = scans.flatMap((scan) => scan.data).reduce((sum, piece) => sum + piece.length, 0)
  if ((rows * columns) / 64 > dataBytes * 8) throw new PixelError('damaged', 'the JPEG data ends too early')

  const widest = Math.max(...components.map(({ horizontal }) => horizontal))
  const tallest = Math.max(...components.map(({ vertical }) => vertical))
  const mcusAcross = Math.ceil(columns / (8 * widest))
  const mcusDown = Math.ceil(rows / (8 * tallest))
  const planes = components.map(({ horizontal, vertical }): Plane => {
    const stride = mcusAcross * horizontal
    return {
      horizontal,
      vertical,
      blocksAcross: Math.ceil(Math.ceil((columns * horizontal) / widest) / 8),
      blocksDown: Math.ceil(Math.ceil((rows * vertical) / tallest) / 8),
      stride,
      coefficients: new Int32Array(stride * mcusDown * vertical * 64),
      quantization: null,
    }
  })

  for (const scan of scans) decodeScan(planes, jpeg, scan, mcusAcross, mcusDown)

  const values = new Uint16Array(rows * columns * components.length)
  planes.forEach((plane, index) => {
    const samples = inverseTransform(plane, precision)
    const across = plane.stride * 8
    for (let row = 0, position = index; row < rows; row++) {
      const line = Math.floor((row * plane.vertical) / tallest) * across
      for (let column = 0; column < columns; column++, position += components.length) {
        values[position] = samples[line + Math.floor((column * plane.horizontal) / widest)] ?? 0
      }
    }
  })
  return { values, rows, columns, samplesPerPixel: components.length, precision, photometricInterpretation }
}

function decodeScan(planes: Plane[], jpeg: Jpeg, scan: JpegScan, mcusAcross: number, mcusDown: number): void {
  const channels = scan.components.map(({ index, dcTable, acTable }) => {
    const plane = planes[index]
    const quantization = scan.quantization[jpeg.components[index]?.quantization ?? 0]
    if (!plane || !quantization) throw new PixelError('damaged', 'a JPEG scan without its quantization table')
    plane.quantization ??= quantization
    return { plane, dcTable, acTable, predictor: 0 }
  })
  const [single] = channels
  const alone = channels.length === 1 && single
  const mcus = alone ? single.plane.blocksAcross * single.plane.blocksDown : mcusAcross * mcusDown
  const interval = scan.restartInterval === 0 ? mcus : scan.restartInterval
  const decodeBlock = jpeg.process === 'progressive' ? progressiveBlock(scan) : sequentialBlock

  for (let mcu = 0, piece = 0; mcu < mcus; piece++) {
    const data = scan.data[piece]
    if (data === undefined) throw new PixelError('damaged', 'a JPEG scan ends too early')
    const reader = new BitReader(data)
    const state: BlockState = { endOfBandRun: 0 }
    for (const channel of channels) channel.predictor = 0

    for (const last = Math.min(mcu + interval, mcus); mcu < last; mcu++) {
      if (alone) {
        const { plane } = single
        const block = Math.floor(mcu / plane.blocksAcross) * plane.stride + (mcu % plane.blocksAcross)
        decodeBlock(reader, single, block * 64, state)
      } else {
        const down = Math.floor(mcu / mcusAcross)
        const across = mcu % mcusAcross
        for (const channel of channels) {
          const { horizontal, vertical, stride } = channel.plane
          for (let y = 0; y < vertical; y++) {
            for (let x = 0; x < horizontal; x++) {
              decodeBlock(
                reader,
                channel,
                ((down * vertical + y) * stride + across * horizontal + x) * 64,
                state,
              )
            }
          }
        }
      }
    }
    reader.checkEnd()
  }
}

type Channel = { plane: Plane; dcTable: HuffmanTable | null; acTable: HuffmanTable | null; predictor: number }
type BlockState = { endOfBandRun: number }
type BlockDecoder = (reader: BitReader, channel: Channel, block: number, state: BlockState) => void

function table(found: HuffmanTable | null): HuffmanTable {
  if (found === null) throw new PixelError('damaged', 'a JPEG scan without its Huffman table')
  return found
}

/** A DC difference is at most 15 bits with 12-bit samples (T.81 table F.6). */
function dcDifference(reader: BitReader, channel: Channel): number {
  const length = reader.symbol(table(channel.dcTable))
  if (length > 15) throw new PixelError('damaged', 'an impossible JPEG coefficient')
  return reader.difference(length)
}

function natural(index: number): number {
  const position = zigzag[index]
  if (position === undefined) throw new PixelError('damaged', 'a JPEG block with over 64 coefficients')
  return position
}

const sequentialBlock: BlockDecoder = (reader, channel, block) => {
  const { coefficients } = channel.plane
  channel.predictor += dcDifference(reader, channel)
  coefficients[block] = channel.predictor
  const acTable = table(channel.acTable)
  for (let index = 1; index < 64; index++) {
    const symbol = reader.symbol(acTable)
    const size = symbol & 15
    const run = symbol >> 4
    if (size === 0) {
      if (run < 15) break
      index += 15
      continue
    }
    index += run
    coefficients[block + natural(index)] = reader.difference(size)
  }
}

function progressiveBlock(scan: JpegScan): BlockDecoder {
  const { spectralStart, spectralEnd, approximationHigh, approximationLow } = scan
  if (spectralEnd > 63 || spectralStart > spectralEnd || approximationLow > 13) {
    throw new PixelError('damaged', 'a progressive JPEG scan with impossible parameters')
  }
  const bit = 1 << approximationLow

  if (spectralStart === 0) {
    if (approximationHigh !== 0) {
      return (reader, { plane }, block) => {
        if (reader.bits(1)) plane.coefficients[block] = (plane.coefficients[block] ?? 0) | bit
      }
    }
    return (reader, channel, block) => {
      channel.predictor += dcDifference(reader, channel)
      channel.plane.coefficients[block] = channel.predictor * bit
    }
  }

  if (approximationHigh === 0) {
    return (reader, channel, block, state) => {
      if (state.endOfBandRun > 0) {
        state.endOfBandRun--
        return
      }
      const acTable = table(channel.acTable)
      for (let index = spectralStart; index <= spectralEnd; index++) {
        const symbol = reader.symbol(acTable)
        const size = symbol & 15
        const run = symbol >> 4
        if (size === 0) {
          if (run < 15) {
            state.endOfBandRun = (1 << run) + reader.bits(run) - 1
            return
          }
          index += 15
          continue
        }
        index += run
        channel.plane.coefficients[block + natural(index)] = reader.difference(size) * bit
      }
    }
  }

  // Refinement of AC coefficients, T.81 §G.1.2.3: known ones get a correction bit, zeros are counted by the run.
  return (reader, channel, block, state) => {
    const { coefficients } = channel.plane
    const refine = (position: number, value: number) => {
      if (reader.bits(1) && (Math.abs(value) & bit) === 0)
        coefficients[position] = value + (value > 0 ? bit : -bit)
    }
    let index = spectralStart
    if (state.endOfBandRun === 0) {
      const acTable = table(channel.acTable)
      for (; index <= spectralEnd; index++) {
        const symbol = reader.symbol(acTable)
        const size = symbol & 15
        let run = symbol >> 4
        let fresh = 0
        if (size === 0) {
          if (run < 15) {
            state.endOfBandRun = (1 << run) + reader.bits(run)
            break
          }
        } else {
          fresh = reader.bits(1) ? bit : -bit
        }
        for (; index <= spectralEnd; index++) {
          const position = block + natural(index)
          const value = coefficients[position] ?? 0
          if (value !== 0) {
            refine(position, value)
          } else if (run-- === 0) {
            if (fresh !== 0) coefficients[position] = fresh
            break
          }
        }
      }
    }
    if (state.endOfBandRun > 0) {
      for (; index <= spectralEnd; index++) {
        const position = block + natural(index)
        const value = coefficients[position] ?? 0
        if (value !== 0) refine(position, value)
      }
      state.endOfBandRun--
    }
  }
}

/** `basis[x * 8 + u]`: C(u)/2 · cos((2x + 1)uπ/16), T.81 §A.3.3. */
const basis = Float64Array.from({ length: 64 }, (_, index) => {
  const [x, u] = [index >> 3, index & 7]
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16)
})

function inverseTransform({ stride, coefficients, quantization }: Plane, precision: number): Uint16Array {
  if (quantization === null) throw new PixelError('damaged', 'a JPEG component without a scan')
  const natively = new Float64Array(64)
  for (let index = 0; index < 64; index++) natively[natural(index)] = quantization[index] ?? 0

  const level = 1 << (precision - 1)
  const largest = (1 << precision) - 1
  const samples = new Uint16Array(coefficients.length)
  const half = new Float64Array(64)
  for (let block = 0; block < coefficients.length; block += 64) {
    // Rows of coefficients first; most are empty in a radiograph's high frequencies.
    let lastRow = 0
    for (let v = 0; v < 8; v++) {
      for (let x = 0; x < 8; x++) {
        let sum = 0
        for (let u = 0; u < 8; u++) {
          const coefficient = coefficients[block + v * 8 + u] ?? 0
          if (coefficient !== 0) sum += coefficient * (natively[v * 8 + u] ?? 0) * (basis[x * 8 + u] ?? 0)
        }
        half[v * 8 + x] = sum
        if (sum !== 0) lastRow = v
      }
    }
    const line = Math.floor(block / 64 / stride) * stride * 64 + ((block / 64) % stride) * 8
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) {
        let sum = level
        for (let v = 0; v <= lastRow; v++) sum += (half[v * 8 + x] ?? 0) * (basis[y * 8 + v] ?? 0)
        const value = Math.round(sum)
        samples[line + y * stride * 8 + x] = value < 0 ? 0 : value > largest ? largest : value
      }
    }
  }
  return samples
}
