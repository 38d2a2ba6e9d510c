import type { PatientShare } from '@bitewing/db'
import { dayOf, longDay } from '#lib/format/date.ts'
import type { Locale } from '#lib/locale.ts'
import { m } from '#paraglide/messages.js'

/** Until when a link opens something, or since when it does not. */
export function standingText(
  { revokedAt, expiresAt }: Pick<PatientShare, 'revokedAt' | 'expiresAt'>,
  now: Date,
  locale: Locale,
): string {
  if (revokedAt) return m.share_revoked({ date: longDay(dayOf(revokedAt), locale) })
  const date = longDay(dayOf(expiresAt), locale)
  return expiresAt <= now ? m.share_ended({ date }) : m.share_until({ date })
}
