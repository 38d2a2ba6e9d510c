import type { ImageKind } from '#lib/image.ts'

export type Candidate = {
  id: string
  kind: ImageKind
  teeth: readonly string[]
  /** keyword of the orthodontic view it is, by its codes or by staff; null where that is not known */
  view: string | null
  studyDate: string | null
}

/** Kinds that show change best come first; what cannot be laid on each other is not suggested. */
const order: readonly ImageKind[] = [
  'intraoral-photograph',
  'face-photograph',
  'panoramic',
  'cephalogram',
  'bitewing',
  'periapical',
  'photograph',
  'other',
]

/**
 * What somebody who presses "compare" most likely wants: for a picture, the one of the same kind, view and teeth that
 * lies farthest from it in time; for none, the first and last of the kind that shows most change.
 *
 * @returns ids, the earlier first; null when nothing of one kind was taken at two dates
 */
export function suggestPair(
  candidates: readonly Candidate[],
  about: Candidate | null,
): { before: string; after: string } | null {
  const dated = candidates.filter(({ studyDate }) => studyDate !== null)
  if (about !== null) {
    const [partner] = partnersOf(about, dated)
    return partner ? inTime(about, partner) : null
  }
  for (const kind of order) {
    const alike = dated.filter((each) => each.kind === kind).sort(byDate)
    for (const latest of [...alike].reverse()) {
      const [partner] = partnersOf(latest, alike)
      if (partner) return inTime(latest, partner)
    }
  }
  return null
}

/** Those a picture may be laid on, the best first: of its view, most teeth in common, then farthest in time. */
function partnersOf(about: Candidate, candidates: readonly Candidate[]): Candidate[] {
  const isSame = ({ view }: Candidate) => Number(view !== null && view === about.view)
  const common = ({ teeth }: Candidate) => teeth.filter((tooth) => about.teeth.includes(tooth)).length
  return candidates
    .filter(
      (each) =>
        each.id !== about.id &&
        each.kind === about.kind &&
        each.studyDate !== about.studyDate &&
        (each.view === null || about.view === null || each.view === about.view) &&
        (each.teeth.length === 0 || about.teeth.length === 0 || common(each) > 0),
    )
    .sort(
      (one, other) =>
        isSame(other) - isSame(one) || common(other) - common(one) || away(about, other) - away(about, one),
    )
}

const byDate = (one: Candidate, other: Candidate) =>
  (one.studyDate ?? '').localeCompare(other.studyDate ?? '') || one.id.localeCompare(other.id)
const away = (one: Candidate, other: Candidate) =>
  Math.abs(Date.parse(one.studyDate ?? '') - Date.parse(other.studyDate ?? ''))

function inTime(one: Candidate, other: Candidate): { before: string; after: string } {
  return (one.studyDate ?? '') <= (other.studyDate ?? '')
    ? { before: one.id, after: other.id }
    : { before: other.id, after: one.id }
}
