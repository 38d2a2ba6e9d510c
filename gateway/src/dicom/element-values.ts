import { decodeText } from './character-set.ts'
import type { DataSet, Element } from './data-set.ts'
import { representationOf } from './value-representation.ts'

/**
 * Decoded values of an element: text without padding, numbers, AT as eight hex digits; null for an empty value.
 *
 * DS and IS stay text. SV and UV beyond 2^53 are decimal text. Empty for sequences, binary VRs and values that
 * were only located. A NUL ends a text value, as DCMTK has it: what follows is left over from a C string.
 */
export function elementValues({ vr, value }: Element, dataSet: DataSet): (string | number | null)[] {
  if (value === null || value.byteLength === 0) return []
  const { kind, characterSet, multiple } = representationOf(vr)
  if (kind === 'numbers') return numbersOf(vr, value, !dataSet.bigEndian)
  if (kind !== 'text') return []

  const delimiters = vr === 'PN' ? '\\^=' : multiple ? '\\' : ''
  const decoded = decodeText(value, characterSet ? dataSet.characterSet : [], delimiters)
  const text = vr === 'PN' ? decoded.replace(/\0[^\\^=]*/g, '') : decoded // components are C strings, too
  if (!multiple || !text.includes('\\')) {
    const only = withoutPadding(vr, text)
    return only === '' ? [] : [only]
  }
  return text.split('\\').map((each) => withoutPadding(vr, each) || null)
}

/** Leading spaces mean something in running text alone, PS3.5 §6.2; NUL pads UIDs, and by mistake anything. */
function withoutPadding(vr: string, text: string): string {
  // Loops, not / +$/: on a long run of spaces inside the text that expression takes quadratic time.
  const nul = text.indexOf('\0')
  let end = nul < 0 ? text.length : nul
  while (end > 0 && text.charCodeAt(end - 1) === 0x20) end -= 1
  let start = 0
  if (!keepsLeadingSpaces.has(vr)) while (start < end && text.charCodeAt(start) === 0x20) start += 1
  return text.slice(start, end)
}

const keepsLeadingSpaces = new Set(['LT', 'ST', 'UT', 'UC', 'UR'])

function numbersOf(vr: string, value: Uint8Array, littleEndian: boolean): (string | number)[] {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
  const bytes = vr === 'AT' ? 4 : representationOf(vr).unitBytes
  const values: (string | number)[] = []
  for (let at = 0; at + bytes <= value.byteLength; at += bytes)
    values.push(numberAt(vr, view, at, littleEndian))
  return values
}

function numberAt(vr: string, view: DataView, at: number, littleEndian: boolean): string | number {
  switch (vr) {
    case 'US':
      return view.getUint16(at, littleEndian)
    case 'SS':
      return view.getInt16(at, littleEndian)
    case 'UL':
      return view.getUint32(at, littleEndian)
    case 'SL':
      return view.getInt32(at, littleEndian)
    case 'FL':
      return view.getFloat32(at, littleEndian)
    case 'FD':
      return view.getFloat64(at, littleEndian)
    case 'AT':
      return hex(view.getUint16(at, littleEndian)) + hex(view.getUint16(at + 2, littleEndian))
    case 'SV':
      return safeNumber(view.getBigInt64(at, littleEndian))
    case 'UV':
      return safeNumber(view.getBigUint64(at, littleEndian))
    default:
      throw new Error(`${vr} is no numeric VR`)
  }
}

function hex(word: number): string {
  return word.toString(16).toUpperCase().padStart(4, '0')
}

function safeNumber(value: bigint): string | number {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}
