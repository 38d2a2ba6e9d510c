import { createHash } from 'node:crypto'
import { OrthodonticContent, type OrthodonticMeasure } from './orthodontic-content.ts'

type Planned = OrthodonticContent['started']

const words = {
  en: { started: 'Treatment started (other record)', stopped: 'Treatment stopped (other record)' },
  fr: { started: 'Traitement commencé (autre dossier)', stopped: 'Traitement terminé (autre dossier)' },
} as const

/**
 * One treatment of what two records tell: all visits, milestones and measures of both. The earlier start and the later
 * end are the treatment's; where the other record says another day, that is kept as a milestone. Values of a measure
 * that both have are brought together, unless they contradict each other: then both measures stay.
 *
 * @param locale of the practice: what a milestone is called that is made here
 * @returns null where both together are more than a treatment may hold
 */
export function joinTreatments(
  kept: OrthodonticContent,
  merged: OrthodonticContent,
  locale: string,
): OrthodonticContent | null {
  const text = locale === 'en' ? words.en : words.fr
  const started = joinDays(kept.started, merged.started, 'earlier')
  const stopped = joinDays(kept.stopped, merged.stopped, 'later')
  const also = (what: 'started' | 'stopped', other: Planned | null) =>
    other ? [{ ...other, id: uuidOf(JSON.stringify([what, kept, merged])), name: text[what] }] : []
  const joined = OrthodonticContent.safeParse({
    started: started.day,
    stopped: stopped.day,
    milestones: [
      ...kept.milestones,
      ...merged.milestones,
      ...also('started', started.other),
      ...also('stopped', stopped.other),
    ],
    visits: [...kept.visits, ...merged.visits].toSorted((a, b) => a.day.localeCompare(b.day)),
    measures: merged.measures.reduce(addMeasure, kept.measures),
  })
  return joined.success ? joined.data : null
}

/** Takes out of a joined treatment what came from the other record, as far as it is still by itself. */
export function withoutTreatment(joined: OrthodonticContent, other: OrthodonticContent): OrthodonticContent {
  const ids = new Set([...other.milestones, ...other.visits, ...other.measures].map(({ id }) => id))
  const isOwn = ({ id }: { id: string }) => !ids.has(id)
  return {
    ...joined,
    milestones: joined.milestones.filter(isOwn),
    visits: joined.visits.filter(isOwn),
    measures: joined.measures.filter(isOwn),
  }
}

/** @returns the day that stands for both, and the other where that is another one */
function joinDays(mine: Planned, theirs: Planned, which: 'earlier' | 'later') {
  const of = ({ actual, expected }: Planned) => actual ?? expected
  const [a, b] = [of(mine), of(theirs)]
  if (b === null || (mine.actual === theirs.actual && mine.expected === theirs.expected))
    return { day: mine, other: null }
  if (a === null) return { day: theirs, other: null }
  const isMine = which === 'earlier' ? a <= b : a >= b
  return isMine ? { day: mine, other: theirs } : { day: theirs, other: mine }
}

function addMeasure(
  measures: readonly OrthodonticMeasure[],
  measure: OrthodonticMeasure,
): OrthodonticMeasure[] {
  const isSame = (each: OrthodonticMeasure) =>
    each.name.toLowerCase() === measure.name.toLowerCase() &&
    each.unit === measure.unit &&
    (!each.normal || !measure.normal || each.normal.join() === measure.normal.join()) &&
    !measure.values.some(({ day, value }) =>
      each.values.some((other) => other.day === day && other.value !== value),
    )
  const same = measures.find(isSame)
  if (!same) return [...measures, measure]
  const days = new Set(same.values.map(({ day }) => day))
  const values = [...same.values, ...measure.values.filter(({ day }) => !days.has(day))]
  return measures.map((each) =>
    each === same
      ? {
          ...same,
          normal: same.normal ?? measure.normal,
          values: values.toSorted((a, b) => a.day.localeCompare(b.day)),
        }
      : each,
  )
}

/** Of what it names: the same asked again is the same. */
function uuidOf(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex')
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-')
}
