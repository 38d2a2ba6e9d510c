import type { ApplianceKind, OrthodonticVisit } from '@bitewing/db'
import type { Fdi } from '@bitewing/db/plan-rules'
import { inOrder } from './wire-history.ts'

/** What is on each tooth after the visits until a day, that day's among them. @param day ISO; null: after all */
export function appliancesOn(
  visits: readonly OrthodonticVisit[],
  day: string | null,
): Map<Fdi, ApplianceKind[]> {
  const on = new Map<Fdi, ApplianceKind[]>()
  const lines = inOrder(visits)
    .filter((visit) => day === null || visit.day <= day)
    .flatMap(({ appliances }) => appliances)
  for (const { kind, change, teeth } of lines) {
    for (const tooth of teeth) {
      const others = (on.get(tooth) ?? []).filter((each) => each !== kind)
      const now = change === 'placed' ? [...others, kind] : others
      if (now.length > 0) on.set(tooth, now)
      else on.delete(tooth)
    }
  }
  return on
}
