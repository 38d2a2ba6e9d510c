import { swapStream } from './byte-stream.ts'
import type { SizedStream } from './byte-stream.ts'
import type { ByteSource } from './byte-source.ts'
import type { DataSet, Element, ParsedInstance, Tag } from './data-set.ts'
import type { EncapsulatedValue } from './encapsulate.ts'
import { inLittleEndian } from './in-little-endian.ts'
import { newElement } from './new-element.ts'
import { pixelSwapBytes } from './pixel-layout.ts'
import { readRanges } from './read-ranges.ts'
import { representationOf } from './value-representation.ts'

/** What is to be different from the file that was read. */
export type InstanceChanges = {
  /** Transfer syntax of the result, one of those encoded as Explicit VR Little Endian; default: the file's. */
  transferSyntaxUid?: string
  /** Top-level attributes put in place of the file's; null removes one. Text is in the file's character set. */
  attributes?: ReadonlyMap<Tag, Element | null>
  /** Native pixel data put in place of the file's. */
  pixelData?: SizedStream & { vr: 'OB' | 'OW' }
  /** Compressed pixel data put in place of the file's, as `encapsulate` makes them. */
  encapsulated?: EncapsulatedValue
}

/** What is written in place of the file's pixel data; `encapsulated` pieces bring their items and delimiter. */
type NewPixelData = { vr: 'OB' | 'OW'; encapsulated: boolean; content: SizedStream }

/** Identifies this implementation in the files it writes, PS3.7 D.3.3.2. */
const implementationClassUid = '2.25.54623540252222405711561630633513550693'
const implementationVersionName = 'BITEWING'

/**
 * Writes an instance as a Part 10 file in Explicit VR Little Endian encoding, with defined lengths and without
 * group lengths and padding.
 *
 * The header is put together in memory (bounded by the limits it was parsed with); long values are streamed from
 * the source and turned to little endian on the way.
 *
 * @param source the file that `parsed` came from
 * @returns the size of the file in bytes, and its bytes; with `encapsulated` of unknown size, that of all the rest
 * @throws {Error} when a transfer syntax of another encoding is asked for, or native for encapsulated pixel data
 */
export function writeInstance(
  source: ByteSource,
  parsed: ParsedInstance,
  {
    transferSyntaxUid = parsed.encoding.transferSyntaxUid,
    attributes,
    pixelData,
    encapsulated,
  }: InstanceChanges = {},
): SizedStream {
  const pieces: Piece[] = [...fileMetaPieces(parsed, transferSyntaxUid)]
  const newPixelData: NewPixelData | null = encapsulated
    ? { vr: 'OB', encapsulated: true, content: sized(encapsulated) }
    : pixelData
      ? { vr: pixelData.vr, encapsulated: false, content: pixelData }
      : null
  dataSetPieces(changed(parsed.attributes, attributes, newPixelData), {
    pieces,
    pixelSwapBytes: pixelSwapBytes(parsed),
    originalPixelData: parsed.pixelData,
    newPixelData,
  })
  return {
    bytes: pieces.reduce(
      (total, piece) => total + (piece instanceof Uint8Array ? piece.byteLength : piece.bytes),
      0,
    ),
    stream: () => streamPieces(source, parsed, pieces),
  }
}

function sized({ bytes, stream }: EncapsulatedValue): SizedStream {
  return {
    bytes: bytes ?? 0,
    async *stream() {
      yield* stream()
    },
  }
}

/** Bytes in memory, or a value that is still in the file or comes from elsewhere. */
type Piece = Uint8Array | LocatedPiece | (SizedStream & { start?: undefined })
type LocatedPiece = { bytes: number; start: number; swapBytes: 2 | 4 | 8 | null }

type Writing = {
  pieces: Piece[]
  pixelSwapBytes: 2 | 4 | 8 | null
  originalPixelData: Element | null
  newPixelData: NewPixelData | null
}

const pixelDataTag = '7FE00010'
const leftOut = new Set(['FFFCFFFC', '00080001'])

function changed(
  dataSet: DataSet,
  attributes: ReadonlyMap<Tag, Element | null> | undefined,
  pixelData: NewPixelData | null,
): DataSet {
  if (!attributes && !pixelData) return dataSet
  const elements = new Map(dataSet.elements)
  for (const [tag, element] of attributes ?? []) {
    if (element) elements.set(tag, element)
    else elements.delete(tag)
  }
  // The offset tables belong to the encapsulated pixel data that went.
  if (pixelData) for (const tag of ['7FE00001', '7FE00002', '7FE00003']) elements.delete(tag)
  if (pixelData && !elements.has(pixelDataTag)) {
    elements.set(pixelDataTag, newElement(pixelDataTag, pixelData.vr, new Uint8Array(0)))
  }
  return { ...dataSet, elements: new Map([...elements].sort(([a], [b]) => (a < b ? -1 : 1))) }
}

function dataSetPieces(dataSet: DataSet, writing: Writing): number {
  let bytes = 0
  for (const element of dataSet.elements.values()) {
    if (!leftOut.has(element.tag)) bytes += elementPieces(element, dataSet, writing)
  }
  return bytes
}

/** Adds the pieces of an element and returns their size in bytes. */
function elementPieces(element: Element, dataSet: DataSet, writing: Writing): number {
  const { tag, vr, items, fragments, value, length, offset } = element
  const { pieces } = writing

  if (
    tag === pixelDataTag &&
    writing.newPixelData &&
    (element === writing.originalPixelData || length === 0)
  ) {
    const { vr: newVr, encapsulated, content: newContent } = writing.newPixelData
    if (!encapsulated) return valuePieces(tag, newVr, newContent, newContent.bytes, pieces)
    const header = elementHeader(tag, newVr, 0xffffffff)
    pieces.push(header, newContent)
    return header.byteLength + newContent.bytes
  }
  if (items) {
    // Lengths are known behind the items: their place is taken first.
    const at = pieces.push(new Uint8Array(0)) - 1
    let bytes = 0
    for (const item of items) {
      const itemAt = pieces.push(new Uint8Array(0)) - 1
      const itemBytes = dataSetPieces(item, writing)
      pieces[itemAt] = itemHeader(0xe000, itemBytes)
      bytes += 8 + itemBytes
    }
    const header = elementHeader(tag, 'SQ', bytes)
    pieces[at] = header
    return header.byteLength + bytes
  }
  if (fragments) return fragmentPieces(element, fragments, pieces)
  if (value) {
    const content = inLittleEndian(value, vr, dataSet.bigEndian)
    return valuePieces(tag, vr, content, content.byteLength, pieces)
  }
  const isPixels = element === writing.originalPixelData
  const { unitBytes } = representationOf(vr)
  const swapBytes = isPixels
    ? writing.pixelSwapBytes
    : dataSet.bigEndian && unitBytes !== 1
      ? unitBytes
      : null
  return valuePieces(tag, vr, { bytes: length, start: offset, swapBytes }, length, pieces)
}

function valuePieces(tag: Tag, vr: string, content: Piece, bytes: number, pieces: Piece[]): number {
  const header = elementHeader(tag, vr, bytes + (bytes % 2))
  pieces.push(header, content)
  if (bytes % 2 === 1) pieces.push(padding(vr))
  return header.byteLength + bytes + (bytes % 2)
}

function fragmentPieces(
  { tag, vr }: Element,
  fragments: NonNullable<Element['fragments']>,
  pieces: Piece[],
): number {
  const { basicOffsetTable, lengths, offset } = fragments
  const table = Buffer.alloc(basicOffsetTable.length * 4)
  basicOffsetTable.forEach((each, index) => table.writeUInt32LE(each, index * 4))
  const header = elementHeader(tag, vr, 0xffffffff)
  pieces.push(header, itemHeader(0xe000, table.length), table)
  let bytes = header.byteLength + 8 + table.length
  let start = offset
  for (const length of lengths) {
    const padded = length + (length % 2)
    pieces.push(itemHeader(0xe000, padded), { bytes: length, start, swapBytes: null })
    if (padded > length) pieces.push(padding('OB'))
    bytes += 8 + padded
    start += length + 8
  }
  pieces.push(itemHeader(0xe0dd, 0))
  return bytes + 8
}

/** Header of an element, PS3.5 §7.1.2. */
function elementHeader(tag: Tag, vr: string, bytes: number): Uint8Array {
  // A value too long for a 16-bit length leaves as UN, PS3.5 §6.2.2 note 4.
  const written = !representationOf(vr).longLength && bytes > 0xffff ? 'UN' : vr
  const { longLength } = representationOf(written)
  const header = Buffer.alloc(longLength ? 12 : 8)
  header.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0)
  header.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2)
  header.write(written, 4, 'latin1')
  if (longLength) header.writeUInt32LE(bytes, 8)
  else header.writeUInt16LE(bytes, 6)
  return header
}

function itemHeader(element: 0xe000 | 0xe0dd, bytes: number): Uint8Array {
  const header = Buffer.alloc(8)
  header.writeUInt16LE(0xfffe, 0)
  header.writeUInt16LE(element, 2)
  header.writeUInt32LE(bytes, 4)
  return header
}

/** Text is padded with a space, UIDs and bytes with a zero, PS3.5 §6.2. */
function padding(vr: string): Uint8Array {
  return Uint8Array.of(vr !== 'UI' && representationOf(vr).kind === 'text' ? 0x20 : 0)
}

/** Preamble, prefix and group 0002, PS3.10 §7.1. Who sent the file is kept. */
function fileMetaPieces({ fileMeta, identifiers }: ParsedInstance, transferSyntaxUid: string): Piece[] {
  const elements = [
    newElement('00020001', 'OB', Uint8Array.of(0, 1)),
    newElement('00020002', 'UI', identifiers.sopClassUid),
    newElement('00020003', 'UI', identifiers.sopInstanceUid),
    newElement('00020010', 'UI', transferSyntaxUid),
    newElement('00020012', 'UI', implementationClassUid),
    newElement('00020013', 'SH', implementationVersionName),
    ...['00020016', '00020017', '00020018'].flatMap((tag) => fileMeta.elements.get(tag) ?? []),
  ]
  const group: Piece[] = []
  let bytes = 0
  for (const { tag, vr, value } of elements) {
    if (value) bytes += valuePieces(tag, vr, value, value.byteLength, group)
  }
  const groupLength: Piece[] = []
  valuePieces(
    '00020000',
    'UL',
    newElement('00020000', 'UL', bytes).value ?? new Uint8Array(4),
    4,
    groupLength,
  )
  return [Buffer.concat([Buffer.alloc(128), Buffer.from('DICM', 'latin1')]), ...groupLength, ...group]
}

const chunkBytes = 64 * 1024

async function* streamPieces(
  source: ByteSource,
  { encoding }: ParsedInstance,
  pieces: readonly Piece[],
): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  const flush = () => {
    const chunk = Buffer.concat(pending)
    pending = []
    pendingBytes = 0
    return chunk
  }
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) {
      pending.push(piece)
      pendingBytes += piece.byteLength
      if (pendingBytes >= chunkBytes) yield flush()
      continue
    }
    if (pendingBytes > 0) yield flush()
    yield* piece.start === undefined ? piece.stream() : located(source, encoding, piece)
  }
  if (pendingBytes > 0) yield flush()
}

function located(
  source: ByteSource,
  encoding: ParsedInstance['encoding'],
  { start, bytes, swapBytes }: LocatedPiece,
): AsyncIterable<Uint8Array> {
  const stored = bytesOf(source, encoding, { start, end: start + bytes })
  return swapBytes ? swapStream(stored, swapBytes) : stored
}

async function* bytesOf(
  source: ByteSource,
  encoding: ParsedInstance['encoding'],
  range: { start: number; end: number },
): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of readRanges(source, encoding, [range])) yield bytes
}
