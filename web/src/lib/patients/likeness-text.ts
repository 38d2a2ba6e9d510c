import type { LikelySame } from '@bitewing/db'
import { longDay } from '#lib/format/date.ts'
import { listName } from '#lib/format/person-name.ts'
import type { Locale } from '#lib/locale.ts'
import { m } from '#paraglide/messages.js'

const reasons = {
  same: m.same_reason_same,
  'birth-missing': m.same_reason_birth_missing,
  'birth-alike': m.same_reason_birth_alike,
  'name-alike': m.same_reason_name_alike,
}

/** Why two records may be one person's, in words. */
export function likenessText(likeness: LikelySame['likeness']): string {
  return reasons[likeness]()
}

/** A record in one line: name, birth date, number. */
export function recordLine(
  {
    familyName,
    givenName,
    birthDate,
    number = '',
  }: Pick<LikelySame, 'familyName' | 'givenName' | 'birthDate'> & {
    number?: string
  },
  locale: Locale,
): string {
  return [
    listName({ familyName, givenName }) || m.unnamed(),
    birthDate ? longDay(birthDate, locale) : m.no_birth_date(),
    number,
  ]
    .filter((part) => part !== '')
    .join(m.list_separator())
}
