import {
  archOf,
  isDeciduous,
  isTooth,
  writeTooth,
  type Fdi,
  type ToothNotation,
} from '@bitewing/db/plan-rules'
import { countBy } from '#lib/count-by.ts'
import type { ImageKind } from '#lib/image.ts'
import type { Locale } from '#lib/locale.ts'
import { m } from '#paraglide/messages.js'

const names = {
  panoramic: m.kind_panoramic,
  bitewing: m.kind_bitewing,
  periapical: m.kind_periapical,
  cephalogram: m.kind_cephalogram,
  cbct: m.kind_cbct,
  'intraoral-photograph': m.kind_intraoral_photograph,
  'face-photograph': m.kind_face_photograph,
  photograph: m.kind_photograph,
  model: m.kind_model,
  document: m.kind_document,
  report: m.kind_report,
  other: m.kind_other,
} satisfies Record<ImageKind, typeof m.kind_other>

const counted = {
  panoramic: m.kinds_panoramic,
  bitewing: m.kinds_bitewing,
  periapical: m.kinds_periapical,
  cephalogram: m.kinds_cephalogram,
  cbct: m.kinds_cbct,
  'intraoral-photograph': m.kinds_intraoral_photograph,
  'face-photograph': m.kinds_face_photograph,
  photograph: m.kinds_photograph,
  model: m.kinds_model,
  document: m.kinds_document,
  report: m.kinds_report,
  other: m.kinds_other,
} satisfies Record<ImageKind, (inputs: { count: number }) => string>

/** `Panoramic`, `Interproximale` … @param locale the reader's own without */
export function kindName(kind: ImageKind, locale?: Locale): string {
  return names[kind]({}, locale && { locale })
}

/** What a study holds, in words: `Panoramic`, or `1 panoramic · 4 bitewings`. */
export function kindSummary(kinds: readonly ImageKind[]): string {
  const [only] = kinds
  if (only !== undefined && kinds.length === 1) return kindName(only)
  return countBy(kinds)
    .map(([kind, count]) => counted[kind]({ count }).replace(' ', '\u00a0')) // a number stays with its word
    .join(m.list_separator())
}

/**
 * Teeth as the practice writes them: `Teeth 14–16, 44`, in Universal `Teeth 3–5, 28`; neighbours are a range.
 *
 * @param teeth FDI
 */
export function teethText(teeth: readonly string[], notation: ToothNotation): string {
  if (teeth.length === 0) return ''
  const text = teethRanges(teeth, notation)
  return teeth.length === 1 ? m.tooth({ teeth: text }) : m.teeth({ teeth: text })
}

/** As `teethText`, without the word: `14–16, 44`. */
export function teethRanges(teeth: readonly string[], notation: ToothNotation): string {
  const ranges: string[] = []
  const known = [...new Set(teeth)].filter(isTooth)
  const places = known
    .map((tooth) => ({ at: placeInOrder(tooth, notation), written: writeTooth(tooth, notation) }))
    .sort((one, other) => one.at - other.at)
  for (let start = 0; start < places.length;) {
    let end = start
    while (places[end + 1]?.at === (places[end]?.at ?? 0) + 1) end++
    const run = places.slice(start, end + 1).map(({ written }) => written)
    ranges.push(...(run.length > 2 ? [`${run[0]}–${run.at(-1)}`] : run))
    start = end + 1
  }
  return ranges.join(', ')
}

/** A number by which teeth are in the notation's order, and which goes up by one from a tooth to its neighbour. */
function placeInOrder(tooth: Fdi, notation: ToothNotation): number {
  if (notation !== 'universal') return Number(tooth)
  const written = writeTooth(tooth, notation)
  // its count goes on from arch to arch, where nobody would name a range
  const beyond = archOf(tooth) === 'lower' ? 100 : 0
  return beyond + (isDeciduous(tooth) ? 200 + written.charCodeAt(0) : Number(written))
}
