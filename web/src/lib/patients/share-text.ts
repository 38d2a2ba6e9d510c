import type { PatientShare } from '@bitewing/db'
import { longDay } from '#lib/format/date.ts'
import type { Locale } from '#lib/locale.ts'
import { m } from '#paraglide/messages.js'

const isoDay = (date: Date) => date.toISOString().slice(0, 10)

/** Until when a link opens something, or since when it does not. */
export function standingText(
  { revokedAt, expiresAt }: Pick<PatientShare, 'revokedAt' | 'expiresAt'>,
  now: Date,
  locale: Locale,
): string {
  if (revokedAt) return m.share_revoked({ date: longDay(isoDay(revokedAt), locale) })
  const date = longDay(isoDay(expiresAt), locale)
  return expiresAt <= now ? m.share_ended({ date }) : m.share_until({ date })
}
