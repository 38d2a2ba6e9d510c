import { chartRows, type Dentition, type Fdi } from '@bitewing/db/plan-rules'

/** The teeth to show: those of an age, with all others too where something is on one of them. */
export function dentitionWith(byAge: Dentition, teeth: Iterable<Fdi>): Dentition {
  const shown = new Set(chartRows(byAge).flatMap((row) => row.teeth))
  return [...teeth].every((tooth) => shown.has(tooth)) ? byAge : 'mixed'
}
