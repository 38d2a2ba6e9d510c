import type { BulkDataIndex } from './bulk-data-index.ts'
import type { DataSet, Element, ParsedInstance, Tag } from './data-set.ts'
import { numberOfDecimal } from './decimal.ts'
import { elementValues } from './element-values.ts'
import { inLittleEndian } from './in-little-endian.ts'
import { pixelSwapBytes } from './pixel-layout.ts'
import { mayBeBulkNumbers, representationOf } from './value-representation.ts'

/**
 * The DICOM JSON Model of an instance (PS3.18 Annex F) as deterministic text, without group 0002 and group lengths.
 *
 * Made once per instance at ingest and stored as text: parsing and writing it again with JSON would reorder tags
 * like `60003000`, which look like array indices. A BulkDataURI holds only the path of the value below the
 * instance's bulk data, e.g. `7FE00010` or `00880200/1/7FE00010` (items counted from 1): see `resolveBulkDataUris`.
 *
 * Pixel Data always becomes bulk data, and so does what exceeds the limits the file was parsed with, and what JSON has
 * no numbers for. Text is UTF-8 whatever the file's character set, so Specific Character Set reads ISO_IR 192 (F.2).
 *
 * @returns the text, and where each bulk value lies in the file
 */
export function toDicomJson(parsed: Omit<ParsedInstance, 'identifiers' | 'fileMeta'>): {
  json: string
  bulkData: BulkDataIndex
} {
  const bulkData: BulkDataIndex = {
    start: parsed.encoding.start,
    deflated: parsed.encoding.deflated,
    values: {},
  }
  const writing: Writing = {
    inlineBytesMax: parsed.inlineBytesMax,
    numbersBytesMax: parsed.numbersBytesMax,
    pixelData: parsed.pixelData,
    pixelSwapBytes: pixelSwapBytes(parsed),
    bulkData,
    beyondAscii: false,
  }
  const attributes = attributesJson(parsed.attributes, '', writing)
  if (writing.beyondAscii && !parsed.attributes.elements.has('00080005')) {
    // Text beyond ASCII that nothing declared is UTF-8 now, and says so.
    const before = [...parsed.attributes.elements.keys()].filter((tag) => tag < '00080005').length
    attributes.splice(before, 0, '"00080005":{"vr":"CS","Value":["ISO_IR 192"]}')
  }
  return { json: `{${attributes.join(',')}}`, bulkData }
}

type Writing = {
  inlineBytesMax: number
  numbersBytesMax: number
  pixelData: Element | null
  pixelSwapBytes: 2 | 4 | 8 | null
  bulkData: BulkDataIndex
  beyondAscii: boolean
}

function attributesJson(dataSet: DataSet, path: string, writing: Writing): string[] {
  const attributes: string[] = []
  for (const element of dataSet.elements.values()) {
    attributes.push(`"${element.tag}":${attributeJson(element, dataSet, path + element.tag, writing)}`)
  }
  return attributes
}

function attributeJson(element: Element, dataSet: DataSet, path: string, writing: Writing): string {
  const { tag, vr, value, items, fragments, length } = element
  const start = `{"vr":"${vr}"`

  if (items) {
    if (items.length === 0) return `${start}}`
    const values = items.map(
      (item, index) => `{${attributesJson(item, `${path}/${index + 1}/`, writing).join(',')}}`,
    )
    return `${start},"Value":[${values.join(',')}]}`
  }
  const bulk = () => {
    writing.bulkData.values[path] = fragments
      ? { vr, offset: fragments.offset, length: sum(fragments.lengths), fragments: [...fragments.lengths] }
      : { vr, offset: element.offset, length, ...swap(element, dataSet, writing) }
    return `${start},"BulkDataURI":"${path}"}`
  }
  if (fragments || isPixelData(tag) || value === null || isLong(element, writing)) {
    return length === 0 ? `${start}}` : bulk()
  }
  if (tag === '00080005') return `${start},"Value":["ISO_IR 192"]}`
  if (value.byteLength === 0) return `${start}}`
  if (representationOf(vr).kind === 'binary') {
    return `${start},"InlineBinary":"${inLittleEndian(value, vr, dataSet.bigEndian).toString('base64')}"}`
  }
  const values = elementValues(element, dataSet)
  if (values.length === 0) return `${start}}`
  // FL and FD are numbers (Table F.2.3-1), and JSON has none for NaN and the infinities; bulk data hold any (F.2.2).
  if ((vr === 'FL' || vr === 'FD') && values.some((each) => !Number.isFinite(each))) return bulk()
  const json = values.map((each) => valueJson(each, vr, writing)).join(',')
  return json === 'null' ? `${start}}` : `${start},"Value":[${json}]}`
}

function isPixelData(tag: Tag): boolean {
  return tag === '7FE00010' || tag === '7FE00008' || tag === '7FE00009'
}

function isLong({ vr, length }: Element, { inlineBytesMax, numbersBytesMax }: Writing): boolean {
  const representation = representationOf(vr)
  if (representation.kind === 'binary') return length > inlineBytesMax
  return mayBeBulkNumbers(representation) && length > numbersBytesMax
}

function swap(element: Element, { bigEndian }: DataSet, writing: Writing): { swapBytes?: 2 | 4 | 8 } {
  if (element === writing.pixelData)
    return writing.pixelSwapBytes ? { swapBytes: writing.pixelSwapBytes } : {}
  const { unitBytes } = representationOf(element.vr)
  return bigEndian && unitBytes !== 1 ? { swapBytes: unitBytes } : {}
}

function valueJson(value: string | number | null, vr: string, writing: Writing): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return numberJson(value)
  if (vr === 'DS' || vr === 'IS') return decimalJson(value, vr)
  if (!writing.beyondAscii && isBeyondAscii(value)) writing.beyondAscii = true
  return vr === 'PN' ? personNameJson(value) : JSON.stringify(value)
}

/** `String` leaves out the sign of a zero. */
function numberJson(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/**
 * Numbers where DS and IS hold what PS3.5 §6.2 allows and a JSON number can carry, else the text as it is: also a whole
 * DS whose last digits a number would lose (note of Table F.2.3-1).
 */
function decimalJson(text: string, vr: 'DS' | 'IS'): string {
  const number = numberOfDecimal(text)
  if (number === null) return JSON.stringify(text)
  const isWhole = /^[+-]?\d+$/.test(text)
  const fits =
    vr === 'DS'
      ? !isWhole || Number.isSafeInteger(number)
      : isWhole && number >= -(2 ** 31) && number < 2 ** 31
  return fits ? numberJson(number) : JSON.stringify(text)
}

const componentGroups = ['Alphabetic', 'Ideographic', 'Phonetic'] as const

/** PS3.5 §6.2.1.1: trailing empty components and their delimiters mean nothing. */
function withoutTrailingDelimiters(group: string): string {
  let end = group.length
  while (end > 0 && (group[end - 1] === '^' || group[end - 1] === ' ')) end -= 1
  return group.slice(0, end).trimStart()
}

/** Component groups with content, PS3.18 F.2.2; a name without any is an empty value. */
function personNameJson(text: string): string {
  const groups = text
    .split('=', 3)
    .map((group, index) => ({ name: componentGroups[index], text: withoutTrailingDelimiters(group) }))
    .filter((group) => group.text !== '')
  if (groups.length === 0) return 'null'
  return `{${groups.map((group) => `"${group.name}":${JSON.stringify(group.text)}`).join(',')}}`
}

function isBeyondAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return true
  return false
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
