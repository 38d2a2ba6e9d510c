import { keywordOfTag } from './dictionary.ts'

/** The DICOM JSON Model as parsed, PS3.18 Annex F. */
export type JsonAttributes = Record<string, JsonAttribute>
export type JsonAttribute = {
  vr: string
  Value?: unknown[] | undefined
  InlineBinary?: string | undefined
  BulkDataURI?: string | undefined
}

const namespace = 'http://dicom.nema.org/PS3.19/models/NativeDICOM'

/**
 * A data set of the DICOM JSON Model as the Native DICOM Model, an XML document in UTF-8 (PS3.19 Annex A.1, PS3.18
 * §F.3.1). Tags ascend; private tags stand with their block as `00` beside the name of their creator.
 */
export function toNativeXml(attributes: JsonAttributes): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<NativeDicomModel xmlns="${namespace}" xml:space="preserve">\n${ofDataSet(attributes)}</NativeDicomModel>\n`
}

function ofDataSet(attributes: JsonAttributes): string {
  // objects list tags that look like array indices (60003000) first
  return Object.keys(attributes)
    .sort()
    .map((tag) => ofAttribute(tag, attributes[tag] ?? { vr: 'UN' }, attributes))
    .join('')
}

function ofAttribute(tag: string, attribute: JsonAttribute, dataSet: JsonAttributes): string {
  const { vr } = attribute
  const creator = privateCreatorOf(tag, dataSet)
  const written = creator === null ? tag : `${tag.slice(0, 4)}00${tag.slice(6)}`
  const keyword = keywordOfTag(tag)
  const names = `tag="${written}" vr="${escape(vr)}"${keyword ? ` keyword="${keyword}"` : ''}${creator === null ? '' : ` privateCreator="${escape(creator)}"`}`
  return `<DicomAttribute ${names}>${content(attribute)}</DicomAttribute>\n`
}

function content({ vr, Value, InlineBinary, BulkDataURI }: JsonAttribute): string {
  if (BulkDataURI !== undefined) return `<BulkData uri="${escape(BulkDataURI)}"/>`
  if (InlineBinary !== undefined) return `<InlineBinary>${escape(InlineBinary)}</InlineBinary>`
  return (Value ?? [])
    .map((value, index) => {
      const number = `number="${index + 1}"`
      if (vr === 'SQ')
        return `\n<Item ${number}>\n${isObject(value) ? ofDataSet(value as JsonAttributes) : ''}</Item>\n`
      if (value === null) return vr === 'PN' ? '' : `<Value ${number}></Value>`
      if (vr === 'PN') return `<PersonName ${number}>${personName(value)}</PersonName>`
      const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
      return `<Value ${number}>${escape(text)}</Value>`
    })
    .join('')
}

const components = ['FamilyName', 'GivenName', 'MiddleName', 'NamePrefix', 'NameSuffix']

function personName(value: unknown): string {
  if (!isObject(value)) return ''
  return ['Alphabetic', 'Ideographic', 'Phonetic']
    .map((group) => {
      const text = Reflect.get(value, group) as unknown
      if (typeof text !== 'string' || text === '') return ''
      const parts = text.split('^').slice(0, components.length)
      return `<${group}>${parts.map((part, at) => (part === '' ? '' : `<${components[at]}>${escape(part)}</${components[at]}>`)).join('')}</${group}>`
    })
    .join('')
}

/** Who reserved the block of a private element, PS3.5 §7.8.1; null for standard tags, creators and orphans. */
function privateCreatorOf(tag: string, dataSet: JsonAttributes): string | null {
  if (!/^.{3}[13579BDF](?!00)/.test(tag)) return null
  const [creator] = dataSet[`${tag.slice(0, 4)}00${tag.slice(4, 6)}`]?.Value ?? []
  return typeof creator === 'string' ? creator : null
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Characters that XML 1.0 cannot hold in any way become U+FFFD. */
function escape(text: string): string {
  return (
    text
      .toWellFormed()
      // eslint-disable-next-line no-control-regex -- these are the ones that XML refuses
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>"]/g, (character) => entities[character] ?? '')
      .replace(/\r/g, '&#13;') // a plain one would be read as a line feed
  )
}
