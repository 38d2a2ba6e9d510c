import { PixelError } from '../pixel-error.ts'

/** The marker segments of a JPEG or JPEG-LS stream, read once; entropy-coded data is left in place. */
export type Jpeg = {
  process: 'baseline' | 'extended' | 'progressive' | 'lossless' | 'jpeg-ls'
  precision: number
  rows: number
  columns: number
  components: JpegComponent[]
  /** Adobe APP14: 0 RGB or CMYK, 1 YCbCr, 2 YCCK; null without the segment. */
  adobeTransform: number | null
  jfif: boolean
  iccProfile: Uint8Array | null
  /** Where the application segments end and the others begin; for rewriting. */
  segments: { marker: number; start: number; end: number }[]
  scans: JpegScan[]
}

type JpegComponent = { id: number; horizontal: number; vertical: number; quantization: number }

export type JpegScan = {
  components: { index: number; dcTable: HuffmanTable | null; acTable: HuffmanTable | null }[]
  /** Start of spectral selection, or the predictor of a lossless scan. */
  spectralStart: number
  spectralEnd: number
  approximationHigh: number
  /** Successive approximation low bit, or the point transform of a lossless scan. */
  approximationLow: number
  /** In MCUs; 0 for none. */
  restartInterval: number
  quantization: (Uint16Array | null)[]
  /** Entropy-coded data, unstuffed, one piece for each restart interval. */
  data: Uint8Array[]
}

/** `lookup[next 16 bits]` is length << 8 | symbol; 0 for no code. */
export type HuffmanTable = { lookup: Uint16Array }

const processes = new Map<number, Jpeg['process']>([
  [0xc0, 'baseline'],
  [0xc1, 'extended'],
  [0xc2, 'progressive'],
  [0xc3, 'lossless'],
  [0xf7, 'jpeg-ls'],
])

/**
 * Reads a stream's markers and tables and checks their bounds.
 *
 * @throws {PixelError} `damaged`, or `unsupported` for hierarchical and arithmetic coding
 * @see ITU-T T.81 §B, T.87 §C
 */
export function readJpeg(bytes: Uint8Array): Jpeg {
  const quantization: (Uint16Array | null)[] = [null, null, null, null]
  const dcTables: (HuffmanTable | null)[] = [null, null, null, null]
  const acTables: (HuffmanTable | null)[] = [null, null, null, null]
  const iccChunks: Uint8Array[] = []
  const segments: Jpeg['segments'] = []
  const scans: JpegScan[] = []
  let frame: Pick<Jpeg, 'process' | 'precision' | 'rows' | 'columns' | 'components'> | null = null
  let adobeTransform: number | null = null
  let jfif = false
  let restartInterval = 0
  let position = 2

  while (position < bytes.length) {
    while (bytes[position] === 0xff && bytes[position + 1] === 0xff) position++ // fill bytes
    const marker = bytes[position + 1]
    if (bytes[position] !== 0xff || marker === undefined) break // padding after a missing EOI
    if (marker === 0xd9) break
    const start = position
    const length = ((bytes[position + 2] ?? 0) << 8) | (bytes[position + 3] ?? 0)
    const end = position + 2 + length
    if (length < 2 || end > bytes.length)
      throw new PixelError('damaged', 'a JPEG segment lies outside the frame')
    const body = bytes.subarray(position + 4, end)
    segments.push({ marker, start, end })
    position = end

    const process = processes.get(marker)
    if (process !== undefined) {
      if (frame !== null) throw new PixelError('damaged', 'a JPEG stream with two frames')
      frame = { process, ...frameHeader(body) }
    } else if (marker >= 0xc5 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc) {
      if (marker !== 0xc4) throw new PixelError('unsupported', 'JPEG with hierarchical or arithmetic coding')
    } else if (marker === 0xc4) {
      huffmanTables(body, dcTables, acTables)
    } else if (marker === 0xdb) {
      quantizationTables(body, quantization)
    } else if (marker === 0xdd) {
      restartInterval = ((body[0] ?? 0) << 8) | (body[1] ?? 0)
    } else if (marker === 0xe0 && startsWith(body, 'JFIF\0')) {
      jfif = true
    } else if (marker === 0xe2 && startsWith(body, 'ICC_PROFILE\0')) {
      iccChunks.push(body.subarray(14)) // in order in every stream that is written in one go
    } else if (marker === 0xee && startsWith(body, 'Adobe') && body.length >= 12) {
      adobeTransform = body[11] ?? null
    } else if (marker === 0xda) {
      if (frame === null) throw new PixelError('damaged', 'a JPEG scan without a frame')
      if (frame.process === 'jpeg-ls') break // its entropy coding is stuffed otherwise; the codec reads it
      if (scans.length >= 1000) throw new PixelError('damaged', 'a JPEG stream with over 1000 scans')
      const header = scanHeader(body, frame.components, dcTables, acTables)
      const entropy = entropyCoded(bytes, position)
      scans.push({ ...header, restartInterval, quantization: [...quantization], data: entropy.pieces })
      position = entropy.end
    }
  }

  if (frame === null) throw new PixelError('damaged', 'a JPEG stream without a frame header')
  if (frame.process !== 'jpeg-ls' && scans.length === 0)
    throw new PixelError('damaged', 'a JPEG stream without a scan')
  const iccProfile = iccChunks.length > 0 ? Buffer.concat(iccChunks) : null
  return { ...frame, adobeTransform, jfif, iccProfile, segments, scans }
}

function startsWith(body: Uint8Array, word: string): boolean {
  return Buffer.from(body.subarray(0, word.length)).toString('latin1') === word
}

function frameHeader(body: Uint8Array): Pick<Jpeg, 'precision' | 'rows' | 'columns' | 'components'> {
  const [precision = 0, r1 = 0, r0 = 0, c1 = 0, c0 = 0, count = 0] = body
  const rows = (r1 << 8) | r0
  const columns = (c1 << 8) | c0
  const components = Array.from({ length: count }, (_, index) => {
    const [id = 0, sampling = 0, quantizationIndex = 0] = body.subarray(6 + index * 3, 9 + index * 3)
    return { id, horizontal: sampling >> 4, vertical: sampling & 15, quantization: quantizationIndex & 3 }
  })
  const sampled = components.every(
    ({ horizontal, vertical }) => horizontal >= 1 && horizontal <= 4 && vertical >= 1 && vertical <= 4,
  )
  // Rows 0 means "told later by DNL", which nobody writes into DICOM.
  if (rows === 0 || columns === 0 || precision < 2 || precision > 16 || count < 1 || count > 4 || !sampled) {
    throw new PixelError('damaged', 'a JPEG frame header with impossible values')
  }
  return { precision, rows, columns, components }
}

function scanHeader(
  body: Uint8Array,
  components: JpegComponent[],
  dcTables: (HuffmanTable | null)[],
  acTables: (HuffmanTable | null)[],
): Omit<JpegScan, 'restartInterval' | 'quantization' | 'data'> {
  const count = body[0] ?? 0
  const chosen = Array.from({ length: count }, (_, position) => {
    const [id = -1, tables = 0] = body.subarray(1 + position * 2, 3 + position * 2)
    const index = components.findIndex((component) => component.id === id)
    if (index < 0) throw new PixelError('damaged', 'a JPEG scan of an unknown component')
    return { index, dcTable: dcTables[(tables >> 4) & 3] ?? null, acTable: acTables[tables & 3] ?? null }
  })
  if (count < 1 || count > 4) throw new PixelError('damaged', 'a JPEG scan without components')
  const [spectralStart = 0, spectralEnd = 0, approximation = 0] = body.subarray(1 + count * 2)
  return {
    components: chosen,
    spectralStart,
    spectralEnd,
    approximationHigh: approximation >> 4,
    approximationLow: approximation & 15,
  }
}

function quantizationTables(body: Uint8Array, tables: (Uint16Array | null)[]): void {
  for (let position = 0; position < body.length;) {
    const head = body[position++] ?? 0
    const size = head >> 4 === 0 ? 1 : 2
    const table = new Uint16Array(64)
    for (let index = 0; index < 64; index++, position += size) {
      table[index] =
        size === 1 ? (body[position] ?? 0) : ((body[position] ?? 0) << 8) | (body[position + 1] ?? 0)
    }
    tables[head & 3] = table
  }
}

function huffmanTables(
  body: Uint8Array,
  dcTables: (HuffmanTable | null)[],
  acTables: (HuffmanTable | null)[],
): void {
  for (let position = 0; position + 17 <= body.length;) {
    const head = body[position] ?? 0
    const counts = body.subarray(position + 1, position + 17)
    const symbols = body.subarray(position + 17)
    const lookup = new Uint16Array(65536)
    let code = 0
    let used = 0
    for (let length = 1; length <= 16; length++) {
      for (let index = 0; index < (counts[length - 1] ?? 0); index++) {
        const first = code << (16 - length)
        const span = 1 << (16 - length)
        if (first + span > 65536 || used >= symbols.length)
          throw new PixelError('damaged', 'an impossible Huffman table')
        lookup.fill((length << 8) | (symbols[used++] ?? 0), first, first + span)
        code++
      }
      code <<= 1
    }
    ;(head >> 4 === 0 ? dcTables : acTables)[head & 3] = { lookup }
    position += 17 + used
  }
}

/** Entropy-coded data from `start` to the next marker, with stuffing removed and cut at restart markers. */
function entropyCoded(bytes: Uint8Array, start: number): { pieces: Uint8Array[]; end: number } {
  const plain = new Uint8Array(bytes.length - start)
  const pieces: Uint8Array[] = []
  let written = 0
  let pieceStart = 0
  let position = start
  for (; position < bytes.length; position++) {
    const byte = bytes[position] ?? 0
    if (byte === 0xff) {
      const next = bytes[position + 1]
      if (next === 0xff) continue // fill
      if (next === undefined) break
      if (next >= 0xd0 && next <= 0xd7) {
        pieces.push(plain.subarray(pieceStart, written))
        pieceStart = written
        position++
        continue
      }
      if (next !== 0) break
      position++
    }
    plain[written++] = byte
  }
  pieces.push(plain.subarray(pieceStart, written))
  return { pieces, end: position }
}
