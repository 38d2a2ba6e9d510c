import sax from 'sax'
import { DicomError } from './dicom-error.ts'
import { defaultParseLimits } from './parse-limits.ts'
import type { JsonAttribute, JsonAttributes } from './to-native-xml.ts'

type DataSet = { attributes: JsonAttributes; creators: Map<string, string> }

const { depthMax, elementsMax } = defaultParseLimits
/** Values that a document leaves out, all together: a few bytes may name a value in the billions. */
const gapsMax = 10_000
/** XML elements inside each other: a sequence is two, a name in an item four more. */
const openMax = 2 * depthMax + 16

/**
 * A document of the Native DICOM Model (PS3.19 Annex A.1) as the DICOM JSON Model. Entities of a document type are
 * not expanded and nothing is fetched. Private tags with a creator beside them get a block of their own when nobody
 * has reserved one.
 *
 * @param xml UTF-8, in memory; the caller bounds its size
 * @throws {DicomError} `not-dicom`, `too-deep`, `too-large-header`
 */
export function fromNativeXml(xml: string): JsonAttributes {
  const root: DataSet = { attributes: {}, creators: new Map() }
  const dataSets: DataSet[] = [root]
  const attributes: JsonAttribute[] = []
  let text = ''
  let elements = 0
  let gaps = 0
  let open = 0
  let person: { place: number; groups: Record<string, string[]> } | null = null
  let group = ''
  let number = 1
  let ended = false

  const parser = sax.parser(true, { trim: false, position: false })
  const refuse = (message: string) => new DicomError('not-dicom', message)
  const attributeNow = () => {
    const now = attributes.at(-1)
    if (!now) throw refuse('A value stands outside a DicomAttribute')
    return now
  }
  /** Values may come with gaps: what is left out is empty. */
  const put = (value: unknown): number => {
    const now = attributeNow()
    const values = (now.Value ??= [])
    gaps += Math.max(0, number - 1 - values.length)
    if (gaps > gapsMax) throw refuse('A value number is out of order')
    while (values.length < number - 1) values.push(null)
    values[number - 1] = value
    return number - 1
  }
  parser.onerror = (error) => {
    throw refuse(`The XML is not well-formed: ${error.message.split('\n')[0] ?? ''}`)
  }
  parser.onopentag = ({ name, attributes: given }) => {
    text = ''
    if (++open > openMax) throw new DicomError('too-deep', 'Elements are nested too deep')
    const named = (key: string) => (typeof given[key] === 'string' ? given[key] : '')
    number = Math.max(1, Math.trunc(Number(named('number') || 1)) || 1)
    switch (name.replace(/^.*:/, '')) {
      case 'DicomAttribute': {
        if (++elements > elementsMax) throw new DicomError('too-large-header', 'Too many attributes')
        const dataSet = dataSets.at(-1)
        const tag = tagOf(named('tag'), named('privateCreator'), dataSet)
        if (!dataSet || !tag || !/^[A-Z]{2}$/.test(named('vr'))) {
          throw refuse('A DicomAttribute has no valid tag and VR')
        }
        const attribute: JsonAttribute = { vr: named('vr') }
        dataSet.attributes[tag] = attribute
        attributes.push(attribute)
        break
      }
      case 'Item': {
        if (dataSets.length > depthMax) throw new DicomError('too-deep', 'Sequences are nested too deep')
        const item: DataSet = { attributes: {}, creators: new Map() }
        put(item.attributes)
        dataSets.push(item)
        break
      }
      case 'BulkData':
        attributeNow().BulkDataURI = named('uri') || named('uuid')
        break
      case 'PersonName':
        person = { place: put({}), groups: {} }
        break
      case 'Alphabetic':
      case 'Ideographic':
      case 'Phonetic':
        group = name.replace(/^.*:/, '')
        if (person) person.groups[group] = []
        break
    }
  }
  parser.ontext = (more) => void (text += more)
  parser.oncdata = (more) => void (text += more)
  parser.onclosetag = (name) => {
    const local = name.replace(/^.*:/, '')
    open--
    switch (local) {
      case 'DicomAttribute':
        attributes.pop()
        break
      case 'Item':
        dataSets.pop()
        break
      case 'Value':
        put(text === '' ? null : text)
        break
      case 'InlineBinary':
        attributeNow().InlineBinary = text.replace(/\s+/g, '')
        break
      case 'PersonName': {
        const values = attributeNow().Value
        if (!person || !values) break
        const groups = Object.entries(person.groups).map(([key, parts]) => [
          key,
          parts.join('^').replace(/\^+$/, ''),
        ])
        values[person.place] = Object.fromEntries(groups)
        person = null
        break
      }
      case 'NativeDicomModel':
        ended = true
        break
      default: {
        const at = nameComponents.indexOf(local)
        const parts = at >= 0 ? person?.groups[group] : undefined
        if (!parts) break
        while (parts.length < at) parts.push('')
        parts[at] = text
      }
    }
    text = ''
  }
  parser.write(xml).close()
  if (!ended) throw refuse('This is no NativeDicomModel')
  return root.attributes
}

const nameComponents = ['FamilyName', 'GivenName', 'MiddleName', 'NamePrefix', 'NameSuffix']

/** The tag in its data set; that of a private element in the block its creator has or gets, PS3.5 §7.8.1. */
function tagOf(text: string, creator: string, dataSet: DataSet | undefined): string | null {
  const tag = text.toUpperCase()
  if (!/^[0-9A-F]{8}$/.test(tag) || !dataSet) return null
  const group = tag.slice(0, 4)
  const isPrivate = /[13579BDF]$/.test(group)
  if (!isPrivate || creator === '') return tag
  const { attributes, creators } = dataSet
  const key = `${group} ${creator}`
  let block = creators.get(key)
  if (block === undefined) {
    const creatorOf = (candidate: string) => attributes[`${group}00${candidate}`]
    block =
      blocks.find((candidate) => creatorOf(candidate)?.Value?.[0] === creator) ??
      blocks.find((candidate) => !creatorOf(candidate))
    if (block === undefined) return null
    attributes[`${group}00${block}`] ??= { vr: 'LO', Value: [creator] }
    creators.set(key, block)
  }
  return `${group}${block}${tag.slice(6)}`
}

/** 10 to FF. */
const blocks = Array.from({ length: 0xf0 }, (_, at) => (at + 0x10).toString(16).toUpperCase())
