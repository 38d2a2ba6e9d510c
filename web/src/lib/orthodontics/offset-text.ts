import type { OrthodonticContent, RecordStage } from '@bitewing/db'
import { m } from '#paraglide/messages.js'
import { eventOffset } from './event-offset.ts'

/** `35 days before the start`; empty while the treatment has no date to count from. */
export function offsetText(
  stage: RecordStage,
  day: string,
  content: Pick<OrthodonticContent, 'started' | 'stopped'>,
): string {
  const offset = eventOffset(stage, day, content)
  if (!offset) return ''
  const { event, days } = offset
  const words =
    event === 'started'
      ? { same: m.ortho_started_same, before: m.ortho_started_before, after: m.ortho_started_after }
      : { same: m.ortho_stopped_same, before: m.ortho_stopped_before, after: m.ortho_stopped_after }
  if (days === 0) return words.same()
  return days < 0 ? words.before({ count: -days }) : words.after({ count: days })
}
