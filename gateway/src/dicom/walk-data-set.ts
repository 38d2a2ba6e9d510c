import type { ByteWindow } from './byte-window.ts'
import type { DataSet, Element, Fragments, Tag } from './data-set.ts'
import { DicomError } from './dicom-error.ts'
import { dictionaryVr, vrOfTag } from './dictionary.ts'
import type { ParseLimits } from './parse-limits.ts'
import { mayBeBulkNumbers, representationOf, representationOfBytes } from './value-representation.ts'
import type { ValueRepresentation } from './value-representation.ts'

type Encoding = { explicitVr: boolean; bigEndian: boolean }

/** A data set, item or sequence that is being read. */
type Level = Encoding & {
  /** The data set read into, or null at a sequence, whose items go to `items`. */
  dataSet: DataSet | null
  items: DataSet[]
  /** First position that does not belong to it: its own end, or its parent's when its length is undefined. */
  end: number
  undefinedLength: boolean
  lastTag: Tag
  ascending: boolean
}

const undefinedLength = 0xffffffff
const zeroPaddingBytesMax = 1024 * 1024

/**
 * Reads the elements of a data set, or of the file meta information, into memory.
 *
 * Never recursive, and trusts no length: a value must lie inside its item and inside the file before a byte of it
 * is read. What is read is what DCMTK reads: the first of two equal tags counts, an unknown VR has a 32-bit length
 * when it is two capital letters (PS3.5 §7.1.2) and a 16-bit one else, UN of undefined length is a sequence in
 * Implicit VR Little Endian (PS3.5 §6.2.2). Group lengths and misplaced groups 0000 and 0002 are dropped.
 *
 * @param start position of the first element
 * @param until `group-0002` ends before the first element of another group, or at `endAtMost` in between
 * @returns the data set, and the position behind its last element
 * @throws {DicomError} `truncated`, `not-dicom`, `too-deep`, `too-large-header`
 */
export async function walkDataSet(
  window: ByteWindow,
  start: number,
  encoding: Encoding,
  limits: ParseLimits,
  until: 'end' | { group: 0x0002; endAtMost: number } = 'end',
): Promise<{ dataSet: DataSet; end: number }> {
  const root = newDataSet(encoding.bigEndian, [])
  let level: Level = newLevel(encoding, root, Infinity, true)
  const parents: Level[] = []
  let position = start
  let elements = 0
  let headerBytes = 0
  let signedPixels = false

  for (;;) {
    // Ends of items and sequences of defined length.
    while (position >= level.end) {
      if (position > level.end) throw malformed('A value passes the end of its item', level.lastTag, position)
      if (level.undefinedLength)
        throw malformed('A sequence or item has no delimiter', level.lastTag, position)
      level = leave(level, parents)
    }

    if (!window.has(position, 8) && !(await window.load(position, 8))) {
      if (parents.length > 0) throw truncated('The file ends inside a sequence', level.lastTag, position)
      // The end of a deflated data set shows only now that a skipped value would have to be there.
      if (position > window.source.bytes) throw truncated('A value passes the end', level.lastTag, position)
      if (!(await onlyZerosFollow(window, position))) {
        throw truncated('The file ends inside an element', level.lastTag, position)
      }
      break
    }
    let at = position - window.start
    const littleEndian = !level.bigEndian
    const group = window.view.getUint16(at, littleEndian)
    const number = window.view.getUint16(at + 2, littleEndian)

    if (until !== 'end' && parents.length === 0 && (group !== until.group || position >= until.endAtMost))
      break

    // Items and delimiters have no VR in any encoding, PS3.5 §7.5.
    if (group === 0xfffe) {
      const length = window.view.getUint32(at + 4, littleEndian)
      if (number === 0xe000 && !level.dataSet) {
        if (++elements > limits.elementsMax) throw tooLarge(`more than ${limits.elementsMax} elements`)
        const end = length === undefinedLength ? level.end : position + 8 + length
        if (end > level.end)
          throw malformed('An item passes the end of its sequence', level.lastTag, position)
        if (end > window.source.bytes && end !== Infinity)
          throw truncated('An item passes the end', level.lastTag, position)
        const item = newDataSet(level.bigEndian, [])
        level.items.push(item)
        parents.push(level)
        level = newLevel(level, item, end, length === undefinedLength)
      } else if (number === 0xe00d && level.dataSet && level.undefinedLength && parents.length > 0) {
        level = leave(level, parents)
      } else if (number === 0xe0dd && !level.dataSet && level.undefinedLength) {
        level = leave(level, parents)
      } else if (number === 0xe000 || length !== 0) {
        throw malformed('An item or delimiter stands where none can be', level.lastTag, position)
      }
      // Else a delimiter of zero length where a defined length makes it needless: some writers add it.
      position += 8
      continue
    }
    if (!level.dataSet) throw malformed('Something else than an item in a sequence', level.lastTag, position)

    if (group === 0 && parents.length === 0) {
      if (until === 'end' && (await onlyZerosFollow(window, position))) break
      throw malformed('Bytes that are no element follow the data set', level.lastTag, position)
    }

    const tag = hex(group) + hex(number)
    let found: ValueRepresentation
    let vr: string
    let length: number
    if (level.explicitVr) {
      const first = window.bytes[at + 4] ?? 0
      const second = window.bytes[at + 5] ?? 0
      const known = representationOfBytes(first, second)
      found = known ?? representationOf('UN')
      vr = found.vr
      if (known ? known.longLength : isCapital(first) && isCapital(second)) {
        if (!window.has(position, 12) && !(await window.load(position, 12))) {
          throw truncated('The file ends inside an element', tag, position)
        }
        at = position - window.start
        length = window.view.getUint32(at + 8, littleEndian)
        position += 12
      } else {
        length = window.view.getUint16(at + 6, littleEndian)
        position += 8
      }
      // A known tag sent as UN is read by the dictionary: identifiers must be found there too.
      if (vr === 'UN' && !level.bigEndian && length !== undefinedLength) {
        vr = vrOfUnknown(tag, group, number, length)
        found = representationOf(vr)
      }
    } else {
      length = window.view.getUint32(at + 4, littleEndian)
      vr = implicitVr(tag, group, number, signedPixels)
      found = representationOf(vr)
      position += 8
    }
    if (++elements > limits.elementsMax) throw tooLarge(`more than ${limits.elementsMax} elements`)

    const element: Element = { tag, vr, offset: position, length, value: null, items: null, fragments: null }

    if (length === undefinedLength) {
      element.length = -1
      if (vr === 'OB' || vr === 'OW' || tag === '7FE00010') {
        element.vr = vr === 'UN' ? 'OB' : vr
        const { fragments, end } = await readFragments(window, position, level, limits)
        element.fragments = fragments
        position = end
        keep(level, element)
        continue
      }
      if (vr !== 'SQ' && vr !== 'UN' && level.explicitVr) {
        throw malformed(`Undefined length is not for VR ${vr}`, tag, position)
      }
    } else {
      const end = position + length
      if (end > window.source.bytes) throw truncated('A value passes the end of the file', tag, position)
      if (end > level.end) throw malformed('A value passes the end of its item', tag, position)
    }

    if (vr === 'SQ' || length === undefinedLength) {
      if (parents.length >= limits.depthMax * 2) {
        throw new DicomError(
          'too-deep',
          `Sequences are nested deeper than ${limits.depthMax} at (${pair(tag)})`,
        )
      }
      // PS3.5 §6.2.2 (CP-246): inside UN everything is Implicit VR Little Endian.
      const inside = vr === 'UN' && level.explicitVr ? { explicitVr: false, bigEndian: false } : level
      element.vr = 'SQ'
      element.length = -1
      element.items = []
      keep(level, element)
      parents.push(level)
      const end = length === undefinedLength ? level.end : position + length
      level = newLevel(inside, null, end, length === undefinedLength, element.items)
      continue
    }

    if (isRead(found, tag, length, limits)) {
      headerBytes += length
      if (headerBytes > limits.headerBytesMax)
        throw tooLarge(`more than ${limits.headerBytesMax} bytes of values`)
      if (!window.has(position, length) && !(await window.load(position, length))) {
        throw truncated('A value passes the end of the file', tag, position)
      }
      const from = position - window.start
      element.value = window.bytes.subarray(from, from + length)
      if (tag === '00280103' && length >= 2) signedPixels = window.view.getUint16(from, littleEndian) === 1
    }
    position += length
    // Group lengths (retired) say nothing of the content; group 0002 has its place before the data set alone.
    if (number !== 0 && (group !== 0x0002 || until !== 'end')) keep(level, element)
  }

  sortWhenNeeded(level)
  return { dataSet: root, end: position }
}

function newDataSet(bigEndian: boolean, characterSet: readonly string[]): DataSet {
  return { elements: new Map(), characterSet, bigEndian }
}

function newLevel(
  { explicitVr, bigEndian }: Encoding,
  dataSet: DataSet | null,
  end: number,
  undefinedLength: boolean,
  items: DataSet[] = [],
): Level {
  return { explicitVr, bigEndian, dataSet, items, end, undefinedLength, lastTag: '', ascending: true }
}

function leave(level: Level, parents: Level[]): Level {
  sortWhenNeeded(level)
  const parent = parents.pop()
  if (!parent) throw new Error('left the outermost data set')
  return parent
}

function keep(level: Level, element: Element): void {
  if (!level.dataSet) return
  if (level.dataSet.elements.has(element.tag)) return
  if (element.tag < level.lastTag) level.ascending = false
  level.lastTag = element.tag
  level.dataSet.elements.set(element.tag, element)
}

function sortWhenNeeded({ dataSet, ascending }: Level): void {
  if (!dataSet || ascending) return
  dataSet.elements = new Map([...dataSet.elements].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function isRead(found: ValueRepresentation, tag: Tag, length: number, limits: ParseLimits): boolean {
  // The offset tables of encapsulated pixel data are needed to find frames (PS3.3 C.7.6.3.1.8).
  if (found.kind === 'binary')
    return length <= limits.inlineBytesMax || tag === '7FE00001' || tag === '7FE00002'
  return !mayBeBulkNumbers(found) || length <= limits.numbersBytesMax
}

function implicitVr(tag: Tag, group: number, number: number, signedPixels: boolean): string {
  if (number === 0) return 'UL'
  if (group % 2 === 1) return isPrivateCreator(number) ? 'LO' : 'UN'
  if (signedPixels && dictionaryVr(tag) === 'xs') return 'SS'
  return vrOfTag(tag) ?? 'UN'
}

function vrOfUnknown(tag: Tag, group: number, number: number, length: number): string {
  if (group % 2 === 1) return isPrivateCreator(number) ? 'LO' : 'UN'
  const vr = vrOfTag(tag) ?? 'UN'
  // A sequence of defined length stays as the bytes it is: nothing says that they are sound items.
  return vr === 'SQ' || length % representationOf(vr).unitBytes !== 0 ? 'UN' : vr
}

function isPrivateCreator(number: number): boolean {
  return number >= 0x0010 && number <= 0x00ff
}

/** Fragments of encapsulated pixel data up to the sequence delimiter, PS3.5 Annex A.4. */
async function readFragments(
  window: ByteWindow,
  start: number,
  level: Level,
  limits: ParseLimits,
): Promise<{ fragments: Fragments; end: number }> {
  const littleEndian = !level.bigEndian
  const tag = '7FE00010'
  let position = start
  let basicOffsetTable: number[] | null = null
  let offset = 0
  const lengths: number[] = []
  for (;;) {
    if (!window.has(position, 8) && !(await window.load(position, 8))) {
      throw truncated('Encapsulated pixel data has no delimiter', tag, position)
    }
    const at = position - window.start
    const group = window.view.getUint16(at, littleEndian)
    const number = window.view.getUint16(at + 2, littleEndian)
    const length = window.view.getUint32(at + 4, littleEndian)
    position += 8
    if (position > level.end)
      throw malformed('Encapsulated pixel data pass the end of their item', tag, position)
    if (group === 0xfffe && number === 0xe0dd) break
    if (group !== 0xfffe || number !== 0xe000 || length === undefinedLength) {
      throw malformed('Something else than a fragment in encapsulated pixel data', tag, position)
    }
    if (position + length > window.source.bytes)
      throw truncated('A fragment passes the end of the file', tag, position)
    if (basicOffsetTable) {
      if (lengths.length === 0) offset = position
      lengths.push(length)
      if (lengths.length > limits.fragmentsMax) throw tooLarge(`more than ${limits.fragmentsMax} fragments`)
    } else {
      basicOffsetTable = []
      if (length > 4 * limits.fragmentsMax) throw tooLarge('a Basic Offset Table above the limit')
      if (!window.has(position, length) && !(await window.load(position, length))) {
        throw truncated('The Basic Offset Table passes the end of the file', tag, position)
      }
      const from = position - window.start
      for (let i = 0; i + 4 <= length; i += 4)
        basicOffsetTable.push(window.view.getUint32(from + i, littleEndian))
    }
    position += length
  }
  return { fragments: { basicOffsetTable: basicOffsetTable ?? [], offset, lengths }, end: position }
}

/** Files are padded with zeros to a block size by some media writers; anything else behind the data is refused. */
async function onlyZerosFollow(window: ByteWindow, start: number): Promise<boolean> {
  for (let position = start; position - start < zeroPaddingBytesMax;) {
    if (!window.has(position, 1) && !(await window.load(position, 1))) return true
    const rest = window.bytes.subarray(position - window.start)
    if (rest.some((byte) => byte !== 0)) return false
    position += rest.byteLength
  }
  return false
}

function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a
}

const hexByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'))

function hex(word: number): string {
  return `${hexByte[word >> 8] ?? ''}${hexByte[word & 0xff] ?? ''}`
}

function pair(tag: Tag): string {
  return `${tag.slice(0, 4)},${tag.slice(4)}`
}

function where(tag: Tag, position: number): string {
  return tag === '' ? `at byte ${position}` : `at or after (${pair(tag)}), byte ${position}`
}

function truncated(what: string, tag: Tag, position: number): DicomError {
  return new DicomError('truncated', `${what} ${where(tag, position)}`)
}

function malformed(what: string, tag: Tag, position: number): DicomError {
  return new DicomError('not-dicom', `${what} ${where(tag, position)}`)
}

function tooLarge(what: string): DicomError {
  return new DicomError('too-large-header', `The data set has ${what}`)
}
