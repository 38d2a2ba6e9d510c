import { createHash } from 'node:crypto'
import type { JsonAttributes } from '../dicom/to-native-xml.ts'
import { attribute, empty } from './content-items.ts'
import type { DrawnImage } from './drawn-image.ts'

/** What is the same in every object that a practice makes of one study's annotations. */
export type DocumentContext = {
  practiceName: string
  studyInstanceUid: string
  drawn: readonly [DrawnImage, ...DrawnImage[]]
  /** when the last of them was changed, and by whom */
  changedAt: Date
  changedBy: string
}

/** Of the Patient, General Study and Patient Study Modules, and as the study's own images have them. */
const ofTheStudy = [
  ['00080020', 'DA'], // Study Date
  ['00080030', 'TM'], // Study Time
  ['00080050', 'SH'], // Accession Number
  ['00080090', 'PN'], // Referring Physician's Name
  ['00081030', 'LO'], // Study Description
  ['00100010', 'PN'], // Patient's Name
  ['00100020', 'LO'], // Patient ID
  ['00100021', 'LO'], // Issuer of Patient ID
  ['00100030', 'DA'], // Patient's Birth Date
  ['00100040', 'CS'], // Patient's Sex
  ['00200010', 'SH'], // Study ID
] as const
/** Those that must be there, if empty (Type 2). */
const needed = new Set([
  '00080020',
  '00080030',
  '00080050',
  '00080090',
  '00100010',
  '00100020',
  '00100030',
  '00100040',
  '00200010',
])

type Kind = {
  /** tells objects of one state apart */
  kind: string
  modality: 'SR' | 'PR' | 'REG'
  sopClassUid: string
  seriesDescription: string
  seriesNumber: number
}

/** As `madeAttributes`, for objects made of annotations. */
export function documentAttributes({ drawn, ...context }: DocumentContext, kind: Kind): JsonAttributes {
  const [{ attributes }] = drawn
  const state = drawn.map(({ annotation: { id, version, measured } }) => [id, version, measured])
  return madeAttributes({ ...context, attributes, state }, kind)
}

/**
 * Patient, study, series and equipment of an object made by us, and its identifiers: the same state of the same
 * things has the same identifiers and the same content, so that saving it twice stores it once.
 *
 * @param context.attributes of an image of the study
 * @param context.state what it is made of
 */
export function madeAttributes(
  {
    practiceName,
    studyInstanceUid,
    attributes,
    state,
    changedAt,
    changedBy,
  }: Omit<DocumentContext, 'drawn'> & { attributes: JsonAttributes; state: unknown },
  { kind, modality, sopClassUid, seriesDescription, seriesNumber }: Kind,
): JsonAttributes {
  const study = ofTheStudy.flatMap(([tag, vr]) => {
    const held = attributes[tag]
    return held?.Value || needed.has(tag) ? [[tag, held?.Value ? held : empty(vr)] as const] : []
  })
  const uid = (what: string) => uidOf(JSON.stringify([kind, what, studyInstanceUid, state]))
  const [date, time] = dateTime(changedAt)
  return {
    ...Object.fromEntries(study),
    '00080012': attribute('DA', date),
    '00080013': attribute('TM', time),
    '00080016': attribute('UI', sopClassUid),
    '00080018': attribute('UI', uid('instance')),
    '00080021': attribute('DA', date),
    '00080031': attribute('TM', time),
    '00080060': attribute('CS', modality),
    '00080070': attribute('LO', 'Bitewing'),
    '00080080': attribute('LO', practiceName.slice(0, 64)),
    '00080201': attribute('SH', '+0000'),
    '0008103E': attribute('LO', seriesDescription),
    '00081070': attribute('PN', { Alphabetic: changedBy }),
    '00081090': attribute('LO', 'Bitewing'),
    '00181000': attribute('LO', '1'),
    '00181020': attribute('LO', '1'),
    '0020000D': attribute('UI', studyInstanceUid),
    '0020000E': attribute('UI', uid('series')),
    '00200011': attribute('IS', seriesNumber),
    '00200013': attribute('IS', 1),
  }
}

/** DA and TM, in universal time. */
export function dateTime(at: Date): [date: string, time: string] {
  const digits = at.toISOString().replace(/[-:]/g, '')
  return [digits.slice(0, 8), digits.slice(9, 15)]
}

/** Under the root of UUIDs (PS3.5 §B.2), from what it names. */
export function uidOf(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 32)
  return `2.25.${BigInt(`0x${hash}`)}`
}
