import type { FramePoint } from '@bitewing/db'
import { sortSurfaces } from '@bitewing/db/plan-rules'
import { items, values } from '#lib/viewer/image-attributes.ts'
import type { AiFinding, AiRegion, AiResult } from './ai-result.ts'
import { contentTree, isCode, within, word, type Code, type ContentItem } from './content-tree.ts'
import { readPresentation } from './read-presentation.ts'
import { findingKindOf, surfacesOf, toothOf } from './tooth-words.ts'

type DataSet = Readonly<Record<string, unknown>>

const storage = '1.2.840.10008.5.1.4.1.1.'
/** Enhanced, Comprehensive, Comprehensive 3D and Extensible SR, and the CAD reports: those that have coordinates. */
const reports = new Set(
  ['88.22', '88.33', '88.34', '88.35', '88.50', '88.65', '88.69'].map((end) => storage + end),
)
/** Grayscale, Color and Advanced Blending Softcopy Presentation State, and Grayscale Planar MPR left out. */
const presentations = new Set(['11.1', '11.2', '11.8'].map((end) => storage + end))

const findingsMax = 500
const wordsMax = 300

/** SOP classes of what may hold findings of software: what else there is need not be read. */
export const aiResultClasses: readonly string[] = [...reports, ...presentations]

/**
 * What software found, from the DICOM JSON of a structured report (Measurement Report, TID 1500, or any report with
 * coordinates) or a presentation state. Nothing in it is trusted.
 *
 * A report is software's when its observer is a device (TID 1004) or it names an algorithm (TID 4019); a presentation
 * state, when it names processing equipment (CID 7005) or no person as its creator. What this system writes of
 * annotations that people drew is neither.
 *
 * @returns null when it is not software's, or finds nothing
 */
export function readAiResult(metadata: DataSet, sopClassUid: string): AiResult | null {
  if (!reports.has(sopClassUid) && !presentations.has(sopClassUid)) return null
  const [maker, model] = [word(metadata, '00080070'), word(metadata, '00081090')]
  if (maker === 'Bitewing' && model === 'Bitewing') return null
  const sopInstanceUid = word(metadata, '00080018')
  const [equipment] = items(metadata, '0018A001').filter((each) =>
    // Purpose of Reference: Processing Equipment, Modifying Equipment (CID 7005)
    items(each, '0040A170').some((code) => ['109102', '109103'].includes(word(code, '00080100'))),
  )
  const contributed = {
    name: (equipment && (word(equipment, '00081090') || word(equipment, '00080070'))) ?? '',
    version: (equipment && word(equipment, '00181020')) ?? '',
    maker: (equipment && word(equipment, '00080070')) ?? '',
  }
  const own = { name: model || maker, version: word(metadata, '00181020'), maker }
  const day = dayOf(word(metadata, '00080023') || word(metadata, '00700082'))

  if (presentations.has(sopClassUid)) {
    const isPersons = values(metadata, '00700084').length > 0
    if (isPersons && !equipment) return null
    const findings = readPresentation(metadata).slice(0, findingsMax)
    return findings.length === 0
      ? null
      : { sopInstanceUid, software: equipment ? contributed : own, day, findings }
  }

  const root = contentTree(metadata)
  const named = softwareOf(root)
  if (!named) return null
  const findings = findingsOf(root).slice(0, findingsMax)
  const software = {
    name: named.name || contributed.name || own.name,
    version: named.version || contributed.version || (named.name === '' ? own.version : ''),
    maker: named.maker || contributed.maker || own.maker,
  }
  return findings.length === 0 ? null : { sopInstanceUid, software, day, findings }
}

/** Who observed, when it was no person; null when it was. */
function softwareOf(root: ContentItem): AiResult['software'] | null {
  const texts = new Map<string, string>()
  let isDevice = false
  for (const item of within(root)) {
    if (item.concept?.scheme !== 'DCM') continue
    if (item.concept.value === '121005' && isCode(item.code, ['DCM', '121007'])) isDevice = true
    if (item.text !== '' && !texts.has(item.concept.value)) texts.set(item.concept.value, item.text)
  }
  const [algorithm, version] = [texts.get('111001') ?? '', texts.get('111003') ?? '']
  if (!isDevice && algorithm === '') return null
  return {
    // Algorithm Name, else Device Observer Model Name or Name
    name: cut(algorithm || texts.get('121015') || texts.get('121013') || ''),
    version: cut(version),
    maker: cut(texts.get('121014') ?? ''),
  }
}

function findingsOf(root: ContentItem): AiFinding[] {
  const byPlace = new Map([...within(root)].map((item) => [item.place, item]))
  const found: AiFinding[] = []
  const visit = (item: ContentItem) => {
    const isGroup = isCode(item.concept, ['DCM', '125007'])
    const marks = item.children.some(({ type }) => type === 'SCOORD')
    if (!isGroup && !marks) return item.children.forEach(visit)
    const finding = findingOf(item, byPlace)
    if (finding) found.push(finding)
  }
  visit(root)
  return found
}

/** Finding; Finding Site, in today's coding and in that of earlier editions. */
const findingConcepts = [
  ['DCM', '121071'],
  ['SCT', '404684003'],
] as const
const siteConcepts = [
  ['SCT', '363698007'],
  ['SRT', 'G-C0E3'],
] as const
/** Tracking Identifier, Finding, its category, and who or what measured: told elsewhere, or no words for people */
const untold = new Set(['112039', '112040', '121071', '276214006', '111001', '111002', '111003', '121005'])

function findingOf(group: ContentItem, byPlace: ReadonlyMap<string, ContentItem>): AiFinding | null {
  const all = [...within(group)]
  const finding = all.find(({ concept, code }) => code && isCode(concept, ...findingConcepts))?.code ?? null
  const sites = all.filter(({ concept }) => isCode(concept, ...siteConcepts))
  const ofSites = new Set(sites.flatMap((site) => [...within(site)]))
  const codes = [...ofSites].flatMap(({ code }) => code ?? [])
  const name: Code | null = finding ?? group.code ?? (group.type === 'CONTAINER' ? null : group.concept)
  const regions = all.filter(({ type }) => type === 'SCOORD').flatMap((item) => regionOf(item, byPlace) ?? [])
  if (!name && regions.length === 0) return null
  const certainty = all.find((item) => item.number && isCertainty(item.concept))
  const surfaces = sortSurfaces([...codes, ...(finding ? [finding] : [])].flatMap(surfacesOf))
  const tracking = all.find(({ concept }) => isCode(concept, ['DCM', '112040']))?.text
  return {
    id: tracking && /^[0-9.]{1,64}$/.test(tracking) ? tracking : group.place,
    name: cut(name?.meaning || name?.value || ''),
    kind: name ? findingKindOf(name) : null,
    tooth: codes.map(toothOf).find((tooth) => tooth !== null) ?? null,
    surfaces,
    confidence: certainty?.number ? shareOf(certainty.number) : null,
    remarks: all
      .filter((item) => item !== certainty && item !== group && !ofSites.has(item))
      .flatMap(remarkOf)
      .slice(0, 12),
    regions,
  }
}

function isCertainty(concept: Code | null): boolean {
  // Certainty of Finding, of Feature, of Impression; Probability of cancer
  return (
    isCode(concept, ['DCM', '111011'], ['DCM', '111012'], ['DCM', '111013'], ['DCM', '111047']) ||
    /\b(certainty|confidence|probability|likelihood)\b/i.test(concept?.meaning ?? '')
  )
}

/** Per cent, or a share: 87 %, 0.87. */
function shareOf({ value, unit }: { value: number; unit: Code | null }): number | null {
  const share = unit?.value === '%' || value > 1 ? value / 100 : value
  return share >= 0 && share <= 1 ? share : null
}

function remarkOf(item: ContentItem): string[] {
  const { concept } = item
  if (!concept || untold.has(concept.value)) return []
  const value =
    item.type === 'NUM' && item.number
      ? `${item.number.value} ${item.number.unit?.value === '1' ? '' : (item.number.unit?.value ?? '')}`.trim()
      : item.type === 'CODE' && item.relationship !== 'HAS CONCEPT MOD'
        ? (item.code?.meaning ?? '')
        : item.type === 'TEXT'
          ? item.text
          : ''
  return value === '' ? [] : [cut(concept.value === '121106' ? value : `${concept.meaning}: ${value}`)]
}

/** Spatial Coordinates (PS3.3 §C.18.6), on the image that they are selected from, held or referred to. */
function regionOf(item: ContentItem, byPlace: ReadonlyMap<string, ContentItem>): AiRegion | null {
  const referred = items(item.dataSet, '0040A730').flatMap((child) => {
    const place = values(child, '0040DB73').join('.')
    return place === '' ? [] : (byPlace.get(place) ?? [])
  })
  const image = [...item.children, ...referred].find(({ type }) => type === 'IMAGE')
  const [reference] = image ? items(image.dataSet, '00081199') : []
  const sopInstanceUid = reference ? word(reference, '00081155') : ''
  const points = pointsOf(values(item.dataSet, '00700022'))
  const shape = shapes[word(item.dataSet, '00700023')]
  if (sopInstanceUid === '' || points.length === 0 || !shape) return null
  if ((shape === 'circle' && points.length !== 2) || (shape === 'ellipse' && points.length !== 4)) return null
  const frame = Number(reference ? word(reference, '00081160') : '')
  return { sopInstanceUid, frame: Number.isInteger(frame) && frame > 0 ? frame : null, shape, points }
}

const shapes: Readonly<Record<string, AiRegion['shape']>> = {
  POINT: 'points',
  MULTIPOINT: 'points',
  POLYLINE: 'line',
  POLYGON: 'line',
  CIRCLE: 'circle',
  ELLIPSE: 'ellipse',
}

const pointsMax = 5000
function pointsOf(numbers: readonly unknown[]): FramePoint[] {
  const points: FramePoint[] = []
  for (let at = 0; at + 1 < numbers.length && points.length < pointsMax; at += 2) {
    const [x, y] = [Number(numbers[at]), Number(numbers[at + 1])]
    if (!Number.isFinite(x) || !Number.isFinite(y)) return []
    points.push([x, y])
  }
  return points
}

function dayOf(date: string): string | null {
  return /^\d{8}$/.test(date) ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : null
}

function cut(text: string): string {
  return text.length > wordsMax ? `${text.slice(0, wordsMax - 1)}…` : text
}
