import type { OrthodonticContent, RecordStage } from '@bitewing/db'
import { daysBetween } from './days-between.ts'

export type EventOffset = { event: 'started' | 'stopped'; days: number }

/**
 * When in a treatment records were taken, as ADA Standard 1107 tells it: days from the end for what was taken at it or
 * after, from the start for all else. Null while the event has no actual date.
 *
 * @param day ISO
 * @see DICOM CID 4070 Orthodontic Treatment Progress
 */
export function eventOffset(
  stage: RecordStage,
  day: string,
  { started, stopped }: Pick<OrthodonticContent, 'started' | 'stopped'>,
): EventOffset | null {
  const event = (stage === 'final' || stage === 'post-treatment') && stopped.actual ? 'stopped' : 'started'
  const origin = event === 'stopped' ? stopped.actual : started.actual
  return origin ? { event, days: daysBetween(origin, day) } : null
}
