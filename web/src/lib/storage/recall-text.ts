import { instant } from '#lib/format/date.ts'
import { m } from '#paraglide/messages.js'
import type { getLocale } from '#paraglide/runtime.js'
import type { Recall } from './recall-of.ts'

/** What a page says while a picture's original is on its way out of the archive, or waits for that. */
export function recallText({ readyBy, isWaiting }: Recall, locale: ReturnType<typeof getLocale>): string {
  const time = instant(readyBy, locale)
  return isWaiting ? m.look_archive_busy({ time }) : m.look_archived({ time })
}
