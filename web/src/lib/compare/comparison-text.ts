import { intervalText } from '#lib/format/age.ts'
import { longDay } from '#lib/format/date.ts'
import type { Locale } from '#lib/locale.ts'
import { m } from '#paraglide/messages.js'
import type { Doubt } from './comparability.ts'
import type { Placement } from './placement.ts'
import { partsOf, type Similarity } from './similarity.ts'

/** What a reader is warned of. */
export const doubtTexts: Record<Doubt, (inputs: object, options: { locale: Locale }) => string> = {
  kind: m.compare_doubt_kind,
  teeth: m.compare_doubt_teeth,
  side: m.compare_doubt_side,
  view: m.compare_doubt_view,
  device: m.compare_doubt_device,
  'size-unknown': m.compare_doubt_size,
  brightness: m.compare_doubt_brightness,
  'same-day': m.compare_doubt_same_day,
}

/**
 * How well a picture lies on the first, in words.
 *
 * @param similarity null when nothing was aligned
 * @param advise whether who reads it could align it better
 */
export function placedText(
  similarity: Similarity | null,
  placedBy: Placement['placedBy'],
  error: { mm: number } | { share: number } | null,
  locale: Locale,
  { advise = false }: { advise?: boolean } = {},
): string {
  if (similarity === null) return m.compare_not_aligned({}, { locale })
  const { scale, degrees } = partsOf(similarity)
  const number = (value: number, digits: number) =>
    new Intl.NumberFormat(locale, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(
      value,
    )
  return [
    placedBy === 'automatic'
      ? m.compare_aligned_automatically({}, { locale })
      : m.compare_aligned_by_places({}, { locale }),
    error === null
      ? advise
        ? m.compare_error_unknown({}, { locale })
        : m.compare_error_not_known({}, { locale })
      : 'mm' in error
        ? m.compare_error_mm({ mm: number(error.mm, 1) }, { locale })
        : m.compare_error_share({ percent: number(error.share * 100, 1) }, { locale }),
    m.compare_turned({ percent: number(scale * 100, 1), degrees: number(degrees, 1) }, { locale }),
  ].join(m.list_separator())
}

/** The day of a picture, and how much later than the first it was taken. */
export function dayText(
  { studyDate }: { studyDate: string | null },
  first: { studyDate: string | null } | null,
  locale: Locale,
): string {
  const later = first?.studyDate && studyDate ? intervalText(first.studyDate, studyDate, locale) : ''
  return [studyDate ? longDay(studyDate, locale) : m.no_date({}, { locale }), later]
    .filter((part) => part !== '')
    .join(m.list_separator())
}
