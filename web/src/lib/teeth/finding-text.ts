import {
  surfaceLetter,
  writeTooth,
  type FindingDetail,
  type FindingEnd,
  type FindingKind,
  type Surface,
  type ToothNotation,
} from '@bitewing/db/plan-rules'
import type { Locale } from '#lib/locale.ts'
import { m } from '#paraglide/messages.js'

const kinds = {
  caries: m.finding_caries,
  restoration: m.finding_restoration,
  crown: m.finding_crown,
  'root-canal': m.finding_root_canal,
  missing: m.finding_missing,
  implant: m.finding_implant,
  impacted: m.finding_impacted,
  fracture: m.finding_fracture,
  periapical: m.finding_periapical,
  mobility: m.finding_mobility,
  sealant: m.finding_sealant,
  note: m.finding_note,
} as const satisfies Record<FindingKind, () => string>

const details = {
  enamel: m.finding_enamel,
  dentine: m.finding_dentine,
  pulp: m.finding_pulp,
  root: m.finding_root,
  composite: m.finding_composite,
  amalgam: m.finding_amalgam,
  'glass-ionomer': m.finding_glass_ionomer,
  ceramic: m.finding_ceramic,
  'metal-ceramic': m.finding_metal_ceramic,
  metal: m.finding_metal,
  gold: m.finding_gold,
  temporary: m.finding_temporary,
  extracted: m.finding_extracted,
  'never-formed': m.finding_never_formed,
  partly: m.finding_partly,
  fully: m.finding_fully,
  '1': m.finding_grade_1,
  '2': m.finding_grade_2,
  '3': m.finding_grade_3,
} as const satisfies Record<FindingDetail, () => string>

const ends = {
  treated: m.finding_ended_treated,
  resolved: m.finding_ended_resolved,
  mistake: m.finding_ended_mistake,
} as const satisfies Record<FindingEnd, () => string>

type Said = { tooth: string; kind: FindingKind; surfaces: readonly Surface[]; detail: string }

export function findingKindName(kind: FindingKind, locale?: Locale): string {
  return kinds[kind]({}, { locale })
}

export function findingDetailName(detail: FindingDetail): string {
  return details[detail]()
}

export function findingEndName(end: FindingEnd): string {
  return ends[end]()
}

function isDetail(detail: string): detail is FindingDetail {
  return Object.hasOwn(details, detail)
}

/** Without the tooth: `Caries MO, dentine`. */
export function findingWords({ tooth, kind, surfaces, detail }: Said, locale: Locale): string {
  const letters = surfaces.map((each) => surfaceLetter(each, tooth, locale)).join('')
  const name = letters === '' ? kinds[kind]() : `${kinds[kind]()} ${letters}`
  return isDetail(detail) ? `${name}, ${details[detail]()}` : name
}

/** With the tooth: `16 Caries MO, dentine`. */
export function findingText(said: Said, notation: ToothNotation, locale: Locale): string {
  return `${writeTooth(said.tooth, notation)} ${findingWords(said, locale)}`
}
