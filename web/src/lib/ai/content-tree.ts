import { items, values } from '#lib/viewer/image-attributes.ts'

type DataSet = Readonly<Record<string, unknown>>
export type Code = { value: string; scheme: string; meaning: string }

/** An item of a structured report's content (PS3.3 §C.17.3). */
export type ContentItem = {
  type: string
  relationship: string
  concept: Code | null
  /** of CODE */
  code: Code | null
  /** of TEXT, PNAME, UIDREF, DATE …; '' else */
  text: string
  /** of NUM */
  number: { value: number; unit: Code | null } | null
  /** position among its siblings at each level, from 1: `1.5.2` (PS3.3 §C.17.3.2.5) */
  place: string
  children: ContentItem[]
  dataSet: DataSet
}

/** Deeper or longer than any report that people read: what lies beyond is left out. */
const depthMax = 32
const itemsMax = 20_000
/** Longest text of a code that is looked at: three times what may be sent (PS3.5 §6.2). */
const codeTextMax = 200

/** The content of a structured report from its DICOM JSON. Nothing in it is trusted. */
export function contentTree(report: DataSet): ContentItem {
  let left = itemsMax
  const read = (dataSet: DataSet, place: string, depth: number): ContentItem => {
    const children = depth < depthMax ? items(dataSet, '0040A730') : []
    const taken = children.slice(0, Math.max(0, left))
    left -= taken.length
    return {
      type: word(dataSet, '0040A040'),
      relationship: word(dataSet, '0040A010'),
      concept: codeOf(items(dataSet, '0040A043')[0]),
      code: codeOf(items(dataSet, '0040A168')[0]),
      text: textOf(dataSet),
      number: numberOf(dataSet),
      place,
      children: taken.map((child, index) => read(child, `${place}.${index + 1}`, depth + 1)),
      dataSet,
    }
  }
  return read(report, '1', 0)
}

/** An item and all below it, outermost first. */
export function* within(item: ContentItem): Generator<ContentItem> {
  yield item
  for (const child of item.children) yield* within(child)
}

export function isCode(code: Code | null, ...wanted: readonly (readonly [scheme: string, value: string])[]) {
  return code !== null && wanted.some(([scheme, value]) => code.scheme === scheme && code.value === value)
}

function codeOf(dataSet: DataSet | undefined): Code | null {
  if (!dataSet) return null
  const value = word(dataSet, '00080100') || word(dataSet, '00080119') || word(dataSet, '00080120')
  const cut = (text: string) => text.slice(0, codeTextMax)
  return {
    value: cut(value),
    scheme: cut(word(dataSet, '00080102')),
    meaning: cut(word(dataSet, '00080104')),
  }
}

/** The first value as text, without the blanks around it; '' when there is none. */
export function word(dataSet: DataSet, tag: string): string {
  const [value] = values(dataSet, tag)
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : ''
}

function textOf(dataSet: DataSet): string {
  const [name] = items(dataSet, '0040A123')
  const person = name?.['Alphabetic']
  if (typeof person === 'string') return person
  return word(dataSet, '0040A160') || word(dataSet, '0040A124')
}

function numberOf(dataSet: DataSet): ContentItem['number'] {
  const [measured] = items(dataSet, '0040A300')
  if (!measured) return null
  const text = word(measured, '0040A30A')
  const value = Number(text)
  return text !== '' && Number.isFinite(value)
    ? { value, unit: codeOf(items(measured, '004008EA')[0]) }
    : null
}
