import type { OrthodonticVisit } from '@bitewing/db'

export type Wire = {
  name: string
  /** ISO days; `until` is null while it is in */
  from: string
  until: string | null
}

/** The wires of one arch in their order. A visit that names none leaves the wire in; a dash takes it out. */
export function wireHistory(visits: readonly OrthodonticVisit[], arch: 'upper' | 'lower'): Wire[] {
  const wires: Wire[] = []
  for (const visit of inOrder(visits)) {
    const name = (arch === 'upper' ? visit.upperWire : visit.lowerWire).trim()
    const last = wires.at(-1)
    if (name === '' || (last?.until === null && last.name === name)) continue
    if (last?.until === null) last.until = visit.day
    if (!isOut(name)) wires.push({ name, from: visit.day, until: null })
  }
  return wires
}

/** Whether a wire's name says that it was taken out. */
export function isOut(name: string): boolean {
  return /^[-–—]+$/.test(name.trim())
}

/** Visits by day; those of one day as they were written. */
export function inOrder<Dated extends { day: string }>(visits: readonly Dated[]): Dated[] {
  return visits.toSorted((one, other) => one.day.localeCompare(other.day))
}
