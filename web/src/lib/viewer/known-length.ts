import type { AnnotationKind, FramePoint } from '@bitewing/db'
import type { KnownLength } from './calibration.ts'

type Drawn = { kind: AnnotationKind; points: readonly FramePoint[]; millimetres: string | null }

/** The line of known length that counts on a frame: the one drawn last. @param drawn the oldest first */
export function knownLength(drawn: readonly Drawn[]): KnownLength | null {
  const line = drawn.findLast(({ kind, millimetres }) => kind === 'calibration' && millimetres !== null)
  return line ? { points: line.points, millimetres: parseMillimetres(line.millimetres ?? '') ?? 0 } : null
}

/** A length as people type it, `12.5` or `12,5`, above 0 and below a metre; null for anything else. */
export function parseMillimetres(typed: string): number | null {
  const value = /^\s*\d{1,3}([.,]\d{1,4})?\s*(mm)?\s*$/i.test(typed)
    ? Number.parseFloat(typed.replace(',', '.'))
    : 0
  return value > 0 ? value : null
}
