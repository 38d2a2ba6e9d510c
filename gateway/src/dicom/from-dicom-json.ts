import type { DataSet, Element, Tag } from './data-set.ts'
import { DicomError } from './dicom-error.ts'
import { newElement } from './new-element.ts'
import { defaultParseLimits } from './parse-limits.ts'
import type { JsonAttribute, JsonAttributes } from './to-native-xml.ts'
import { representationOf } from './value-representation.ts'

/** Where a bulk value lies in the source that goes with the data set: one stretch, or fragments (see `Fragments`). */
export type BulkPlace =
  { offset: number; length: number } | { fragments: { offset: number; lengths: readonly number[] } }

const { depthMax, elementsMax } = defaultParseLimits

/**
 * A data set of the DICOM JSON Model (PS3.18 Annex F) as elements for `writeInstance`, text in UTF-8 and so declared.
 * Group 0002 and group lengths are left out: they are the file's, not the data set's.
 *
 * @param placeOf where the value of a BulkDataURI lies; null when there is none
 * @throws {DicomError} `not-dicom` for what breaks Annex F, `too-deep`, `too-large-header`. The message names tags,
 *   never values.
 */
export function fromDicomJson(
  attributes: JsonAttributes,
  placeOf: (uri: string) => BulkPlace | null,
): DataSet {
  const count = { elements: 0 }
  const dataSet = ofAttributes(attributes, placeOf, count, 0)
  dataSet.elements.set('00080005', newElement('00080005', 'CS', 'ISO_IR 192'))
  return sorted(dataSet)
}

function ofAttributes(
  attributes: JsonAttributes,
  placeOf: (uri: string) => BulkPlace | null,
  count: { elements: number },
  depth: number,
): DataSet {
  if (depth > depthMax) throw new DicomError('too-deep', 'Sequences are nested too deep')
  const elements = new Map<Tag, Element>()
  for (const [name, attribute] of Object.entries(attributes)) {
    if (++count.elements > elementsMax) throw new DicomError('too-large-header', 'Too many attributes')
    const tag = name.toUpperCase()
    if (!/^[0-9A-F]{8}$/.test(tag)) throw new DicomError('not-dicom', 'A name is no tag')
    if (tag.startsWith('0002') || tag.endsWith('0000') || tag === '00080005') continue
    elements.set(tag, ofAttribute(tag, attribute, placeOf, count, depth))
  }
  return sorted({ elements, characterSet: ['ISO_IR 192'], bigEndian: false })
}

function sorted(dataSet: DataSet): DataSet {
  return { ...dataSet, elements: new Map([...dataSet.elements].sort(([a], [b]) => (a < b ? -1 : 1))) }
}

function ofAttribute(
  tag: Tag,
  attribute: JsonAttribute,
  placeOf: (uri: string) => BulkPlace | null,
  count: { elements: number },
  depth: number,
): Element {
  const refuse = (what: string) => new DicomError('not-dicom', `${tag} ${what}`)
  const vr: unknown = Reflect.get(Object(attribute), 'vr')
  if (typeof vr !== 'string' || representationOf(vr).vr !== vr) throw refuse('has no known VR')
  const { Value, InlineBinary, BulkDataURI } = attribute

  if (BulkDataURI !== undefined) {
    const uri: unknown = BulkDataURI // from outside
    if (typeof uri !== 'string') throw refuse('has a BulkDataURI that is no text')
    const place = placeOf(uri)
    if (!place) throw refuse('refers to bulk data that did not come with it')
    const located = { tag, vr, value: null, items: null }
    return 'fragments' in place
      ? {
          ...located,
          vr: 'OB',
          offset: 0,
          length: -1,
          fragments: { basicOffsetTable: [], ...place.fragments },
        }
      : { ...located, ...place, fragments: null }
  }
  if (InlineBinary !== undefined) {
    if (typeof InlineBinary !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(InlineBinary)) {
      throw refuse('has InlineBinary that is not base64')
    }
    return newElement(tag, vr, Buffer.from(InlineBinary, 'base64'))
  }
  const values = Value ?? []
  if (!Array.isArray(values)) throw refuse('has a Value that is no array')

  const { kind } = representationOf(vr)
  if (kind === 'sequence') {
    const items = values.map((item) => {
      if (item === null) return ofAttributes({}, placeOf, count, depth + 1)
      if (typeof item !== 'object' || Array.isArray(item)) throw refuse('has an item that is no object')
      return ofAttributes(item as JsonAttributes, placeOf, count, depth + 1)
    })
    return { tag, vr, offset: 0, length: -1, value: null, items, fragments: null }
  }
  if (kind === 'binary') {
    if (values.length > 0) throw refuse('is binary and has Value')
    return newElement(tag, vr, new Uint8Array(0))
  }
  if (kind === 'numbers') return newElement(tag, vr, numbers(vr, values, refuse))
  const texts = values.map((value) => textOf(vr, value, refuse))
  return newElement(tag, vr, Buffer.from(texts.join('\\'), 'utf8'))
}

function textOf(vr: string, value: unknown, refuse: (what: string) => DicomError): string {
  if (value === null || value === undefined) return ''
  if (vr === 'PN') {
    if (typeof value === 'string') return value
    if (typeof value !== 'object') throw refuse('has a name that is no object')
    const groups = ['Alphabetic', 'Ideographic', 'Phonetic'].map((name) => {
      const group: unknown = Reflect.get(value, name)
      return typeof group === 'string' ? group : ''
    })
    return groups.join('=').replace(/=+$/, '')
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refuse('has a number that is none')
    return vr === 'DS' ? decimalString(value) : String(value)
  }
  if (typeof value !== 'string') throw refuse('has a value of a wrong type')
  return value
}

/** At most 16 characters, PS3.5 §6.2. */
function decimalString(value: number): string {
  const text = String(value)
  if (text.length <= 16) return text
  for (let digits = 15; digits > 0; digits--) {
    const shorter = String(Number(value.toPrecision(digits)))
    if (shorter.length <= 16) return shorter
  }
  return '0'
}

const writers: Record<string, (view: DataView, at: number, value: number) => void> = {
  US: (view, at, value) => view.setUint16(at, value, true),
  SS: (view, at, value) => view.setInt16(at, value, true),
  UL: (view, at, value) => view.setUint32(at, value, true),
  SL: (view, at, value) => view.setInt32(at, value, true),
  FL: (view, at, value) => view.setFloat32(at, value, true),
  FD: (view, at, value) => view.setFloat64(at, value, true),
}
const ranges: Record<string, readonly [number, number]> = {
  US: [0, 0xffff],
  SS: [-0x8000, 0x7fff],
  UL: [0, 0xffffffff],
  SL: [-0x80000000, 0x7fffffff],
}

/** As others write what JSON has no number for: NaN, Infinity, and XML Schema's INF. */
const notFinite = /^(?:(nan)|([+-]?)inf(?:inity)?)$/i

/** null where it is no number. */
function numberOfText(text: string): number | null {
  const [found, nan, sign] = notFinite.exec(text.trim()) ?? []
  if (found !== undefined) return nan ? NaN : sign === '-' ? -Infinity : Infinity
  const number = text.trim() === '' ? NaN : Number(text)
  return Number.isNaN(number) ? null : number
}

function numbers(vr: string, values: readonly unknown[], refuse: (what: string) => DicomError): Uint8Array {
  const unit = vr === 'AT' ? 4 : representationOf(vr).unitBytes
  const view = new DataView(new ArrayBuffer(values.length * unit))
  values.forEach((value, index) => {
    const at = index * unit
    if (vr === 'AT') {
      if (typeof value !== 'string' || !/^[0-9A-Fa-f]{8}$/.test(value)) throw refuse('has a tag that is none')
      view.setUint16(at, Number.parseInt(value.slice(0, 4), 16), true)
      view.setUint16(at + 2, Number.parseInt(value.slice(4), 16), true)
    } else if (vr === 'SV' || vr === 'UV') {
      const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
      if (!/^-?\d{1,20}$/.test(text)) throw refuse('has a number that is none')
      const number = BigInt(text)
      const fits = vr === 'SV' ? BigInt.asIntN(64, number) : BigInt.asUintN(64, number)
      if (fits !== number) throw refuse(`has a number that ${vr} cannot hold`)
      if (vr === 'SV') view.setBigInt64(at, number, true)
      else view.setBigUint64(at, number, true)
    } else {
      const number = typeof value === 'string' ? numberOfText(value) : value
      const range = ranges[vr]
      const fits =
        typeof number === 'number' &&
        (!range || (Number.isInteger(number) && number >= range[0] && number <= range[1]))
      if (!fits) throw refuse(`has a number that ${vr} cannot hold`)
      writers[vr]?.(view, at, number)
    }
  })
  return new Uint8Array(view.buffer)
}
