import { fdiOfToothCode } from '@bitewing/db'
import { isTooth, sortSurfaces, type Fdi, type FindingKind, type Surface } from '@bitewing/db/plan-rules'
import type { Code } from './content-tree.ts'

/** What a finding's own words say it is, the first that fits: caries under a crown is caries. */
const kindWords: readonly (readonly [RegExp, FindingKind])[] = [
  [/\b(caries|carie|cavity|decay(ed)?)\b/i, 'caries'],
  [
    /\b(peri-?)?apical\b.*\b(lesion|lucency|radiolucency|periodontitis|abscess|granuloma|cyst)\b/i,
    'periapical',
  ],
  [/\bfractur/i, 'fracture'],
  [/\bimpact/i, 'impacted'],
  [/\bimplant/i, 'implant'],
  [/\b(root canal|endodontic|root filling)\b/i, 'root-canal'],
  [/\b(missing|absent|edentul)/i, 'missing'],
  [/\bsealant\b/i, 'sealant'],
  [/\bcrown\b/i, 'crown'],
  [/\b(filling|restoration|restored|amalgam|composite|inlay|onlay)\b/i, 'restoration'],
]
/** SNOMED CT: Dental caries. */
const cariesCode = '80967001'

/** What a coded finding is on a tooth chart; null where that cannot be told. */
export function findingKindOf(code: Code): FindingKind | null {
  if (code.scheme === 'SCT' && code.value === cariesCode) return 'caries'
  return kindWords.find(([words]) => words.test(code.meaning))?.[1] ?? null
}

/** The tooth of a finding site, by any code that DICOM CID 4018 and 4019 ever had for it, or by its FDI number. */
export function toothOf(code: Code): Fdi | null {
  const known = fdiOfToothCode(code.value)
  if (known !== null && isTooth(known)) return known
  return /fdi|iso.?3950/i.test(code.scheme) && isTooth(code.value) ? code.value : null
}

const surfaceWords: readonly (readonly [RegExp, Surface])[] = [
  [/mesial|mesio/i, 'M'],
  [/occlusal|incisal|occluso/i, 'O'],
  [/distal|disto/i, 'D'],
  [/buccal|vestibular|facial|labial/i, 'B'],
  [/lingual|palatal/i, 'L'],
]

/** Surfaces that the words of a code name, each once. */
export function surfacesOf(code: Code): Surface[] {
  return sortSurfaces(
    surfaceWords.filter(([words]) => words.test(code.meaning)).map(([, surface]) => surface),
  )
}
