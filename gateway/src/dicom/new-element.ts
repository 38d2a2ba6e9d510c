import type { DataSet, Element, Tag } from './data-set.ts'
import { representationOf } from './value-representation.ts'

/**
 * An element made here, for `writeInstance`.
 *
 * @param value text (ASCII; several values joined with `\`), bytes in little-endian order, a number or numbers of US
 *   SS UL SL FL FD, or items of a sequence
 */
export function newElement(
  tag: Tag,
  vr: string,
  value: string | number | number[] | Uint8Array | DataSet[],
): Element {
  if (Array.isArray(value) && vr === 'SQ') {
    const items = value.filter((item) => typeof item !== 'number')
    return { tag, vr, offset: 0, length: -1, value: null, items, fragments: null }
  }
  const bytes = bytesOfValue(vr, value)
  return { tag, vr, offset: 0, length: bytes.byteLength, value: bytes, items: null, fragments: null }
}

/** A data set made here: little endian, elements in the order of their tags. */
export function newDataSet(elements: Iterable<Element>, characterSet: readonly string[] = []): DataSet {
  const sorted = [...elements].sort((a, b) => (a.tag < b.tag ? -1 : 1))
  return {
    elements: new Map(sorted.map((element) => [element.tag, element])),
    characterSet,
    bigEndian: false,
  }
}

function bytesOfValue(vr: string, value: string | number | (number | DataSet)[] | Uint8Array): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string') return Buffer.from(value, 'latin1')
  const numbers = (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'number')
  const { unitBytes } = representationOf(vr)
  const view = new DataView(new ArrayBuffer(numbers.length * unitBytes))
  numbers.forEach((number, index) => {
    const at = index * unitBytes
    if (vr === 'US') view.setUint16(at, number, true)
    else if (vr === 'SS') view.setInt16(at, number, true)
    else if (vr === 'UL') view.setUint32(at, number, true)
    else if (vr === 'SL') view.setInt32(at, number, true)
    else if (vr === 'FL') view.setFloat32(at, number, true)
    else if (vr === 'FD') view.setFloat64(at, number, true)
    else throw new Error(`Numbers cannot be written as ${vr}`)
  })
  return new Uint8Array(view.buffer)
}
