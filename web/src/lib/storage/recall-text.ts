import { instant, sinceThen } from '#lib/format/date.ts'
import { m } from '#paraglide/messages.js'
import type { getLocale } from '#paraglide/runtime.js'
import type { Recall } from './recall-of.ts'

/** What is waited for. */
export type Recalled = 'picture' | 'model' | 'volume' | 'original'

const texts = {
  picture: m.archive_picture,
  model: m.archive_model,
  volume: m.archive_volume,
  original: m.archive_original,
} as const satisfies Record<Recalled, () => string>

/** What a page says while an original is on its way out of the archive, or waits for that: what happens, and how long. */
export function recallText(
  { readyBy, isWaiting, remaining }: Recall,
  what: Recalled,
  now: Date,
  locale: ReturnType<typeof getLocale>,
): { what: string; until: string } {
  const time = instant(readyBy, locale)
  if (isWaiting) return { what: m.archive_busy(), until: m.archive_busy_until({ time }) }
  return {
    what: remaining > 1 && what !== 'original' ? m.archive_several({ count: remaining }) : texts[what](),
    until:
      readyBy <= now ? m.archive_late() : m.archive_until({ when: sinceThen(readyBy, now, locale), time }),
  }
}
