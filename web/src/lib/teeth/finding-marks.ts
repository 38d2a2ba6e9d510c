import type { Fdi, FindingEnd, FindingKind, Surface } from '@bitewing/db/plan-rules'
import type { Locale } from '#lib/locale.ts'
import { findingWords } from './finding-text.ts'

/** What of a tooth's findings can be drawn on a chart, with the words for all of it. */
export type FindingMark = {
  kinds: readonly FindingKind[]
  caries: readonly Surface[]
  restored: readonly Surface[]
  sealed: readonly Surface[]
  fractured: readonly Surface[]
  /** grade, as it was recorded; '' without one */
  mobility: string
  words: string
}
export type FindingMarks = Readonly<Record<Fdi, FindingMark>>

/** The letters that are drawn for a mark, in the order in which they are: of a sealed fissure, and of a mobile tooth. */
export function lettersOf({ kinds, sealed, mobility }: FindingMark): string[] {
  return [...(sealed.length > 0 ? ['S'] : []), ...(kinds.includes('mobility') ? [`M${mobility}`] : [])]
}

type Found = {
  tooth: Fdi
  kind: FindingKind
  surfaces: readonly Surface[]
  detail: string
  ended: FindingEnd | null
}

/** How the teeth stand now: what has ended is left out. */
export function findingMarks(findings: readonly Found[], locale: Locale): FindingMarks {
  const current = findings.filter(({ ended }) => ended === null)
  return Object.fromEntries(
    [...Map.groupBy(current, ({ tooth }) => tooth)].map(([tooth, found]) => {
      const on = (kind: FindingKind) =>
        found.filter((each) => each.kind === kind).flatMap(({ surfaces }) => surfaces)
      return [
        tooth,
        {
          kinds: found.map(({ kind }) => kind),
          caries: on('caries'),
          restored: on('restoration'),
          sealed: on('sealant'),
          fractured: on('fracture'),
          mobility: found.find(({ kind }) => kind === 'mobility')?.detail ?? '',
          words: found.map((each) => findingWords(each, locale)).join(', '),
        },
      ]
    }),
  )
}
