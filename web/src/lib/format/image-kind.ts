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

/** FDI numbers as people write them: `Teeth 14–16, 44`; neighbours of one quadrant are a range. */
export function teethText(teeth: readonly string[]): string {
  if (teeth.length === 0) return ''
  const text = teethRanges(teeth)
  return teeth.length === 1 ? m.tooth({ teeth: text }) : m.teeth({ teeth: text })
}

/** As `teethText`, without the word: `14–16, 44`. */
export function teethRanges(teeth: readonly string[]): string {
  const ranges: string[] = []
  const numbers = [...new Set(teeth)].sort()
  for (let start = 0; start < numbers.length;) {
    let end = start
    while (end + 1 < numbers.length && Number(numbers[end + 1]) === Number(numbers[end]) + 1) end++
    if (end - start >= 2) ranges.push(`${numbers[start]}–${numbers[end]}`)
    else ranges.push(...numbers.slice(start, end + 1))
    start = end + 1
  }
  return ranges.join(', ')
}
