import type { ImageKind } from '@bitewing/db/schema'
import { items, number, text, type Attributes } from '../study-index/attribute-values.ts'
import { teethOf } from './teeth-of.ts'

const sop = '1.2.840.10008.5.1.4.1.1.'
const documents = new Set([`${sop}104.1`, `${sop}104.2`])
const models = new Set([`${sop}104.3`, `${sop}104.4`, `${sop}104.5`, `${sop}68.1`, `${sop}68.2`])
const photographs = new Set([`${sop}77.1.4`, `${sop}77.1.4.1`])
const volumes = new Set([`${sop}2`, `${sop}2.1`, `${sop}13.1.1`, `${sop}13.1.2`, `${sop}13.1.3`])

/**
 * What a picture is to a practice. DICOM has no code for "bitewing" or "panoramic" as a view, so this is derived
 * from SOP class, modality, view code, teeth and words, in that order; the original attributes stay as they are.
 */
export function imageKindOf(attributes: Attributes): ImageKind {
  const sopClass = text(attributes, '00080016')
  const modality = text(attributes, '00080060')
  const words = wordsOf(attributes)

  if (documents.has(sopClass)) return 'document'
  if (models.has(sopClass)) return 'model'
  if (modality === 'SR' || sopClass.startsWith(`${sop}88.`)) return 'report'
  if (photographs.has(sopClass) || modality === 'XC') return photographKind(words)
  if (volumes.has(sopClass) || modality === 'CT') return 'cbct'
  if (modality === 'PX' || /\bpan(o|oramique|oramic|orex)?\b|orthopantomo|\bopg\b|\bopt\b/.test(words))
    return 'panoramic'
  if (/ceph|ceph(alo|alometr)|teleradio|t[ée]l[ée]radio/.test(words)) return 'cephalogram'
  if (modality === 'IO' || sopClass.startsWith(`${sop}1.3`)) return intraOralKind(attributes, words)
  return 'other'
}

function photographKind(words: string): ImageKind {
  if (/intra-?\s?oral|occlus|retract|buccal|palat|lingual/.test(words)) return 'intraoral-photograph'
  if (/extra-?\s?oral|fac(e|ial)|profil|visage|smile|sourire|portrait/.test(words)) return 'face-photograph'
  return 'photograph'
}

/** A bitewing shows the crowns of both jaws; a periapical the whole teeth of one. */
function intraOralKind(attributes: Attributes, words: string): ImageKind {
  if (/bite-?\s?wing|interproxim|r[ée]tro-?coronaire|\bbw\b/.test(words)) return 'bitewing'
  if (/periapic|p[ée]riapic|r[ée]tro-?alv[ée]olaire|\bpa\b/.test(words)) return 'periapical'
  const jaws = new Set(teethOf(attributes).map((fdi) => ('1256'.includes(fdi.charAt(0)) ? 'upper' : 'lower')))
  if (jaws.size === 2) return 'bitewing'
  if (jaws.size === 1) return 'periapical'
  const rows = number(attributes, '00280010') ?? 0
  const columns = number(attributes, '00280011') ?? 0
  return rows > columns ? 'periapical' : 'other'
}

function wordsOf(attributes: Attributes): string {
  const codeMeanings = ['00540220', '00082218', '00081032'].flatMap((tag) =>
    items(attributes, tag).map((item) => text(item, '00080104')),
  )
  return [
    text(attributes, '00081030'),
    text(attributes, '0008103E'),
    text(attributes, '00181030'),
    text(attributes, '00180015'),
    text(attributes, '00185101'),
    text(attributes, '00204000'),
    ...codeMeanings,
  ]
    .join(' ')
    .toLowerCase()
}
