import type {
  Discount,
  PlanConflict,
  PlanItem,
  PlanMilestone,
  Site,
  Tax,
  ToothNotation,
} from '@bitewing/db/plan-rules'
import { money, ratePercent } from '#lib/format/money.ts'
import type { Locale } from '#lib/locale.ts'
import { siteText } from '#lib/teeth/tooth-name.ts'
import { m } from '#paraglide/messages.js'
import { milestonesText } from './milestone-text.ts'
import { discountText, itemChangeName, priorityName } from './plan-text.ts'

type Context = {
  locale: Locale
  notation: ToothNotation
  currency: string
  taxes: readonly { id: string; name: { en: string; fr: string } }[]
  providers: readonly { id: string; name: string }[]
}

/** What two people changed, in words: `fee`, `teeth`; empty where the text itself says it. */
export function conflictField({ field }: Pick<PlanConflict, 'field'>, locale: Locale): string {
  switch (field) {
    case 'feeCents':
      return itemChangeName('fee', locale)
    case 'taxIds':
      return itemChangeName('taxes', locale)
    case 'providerId':
      return itemChangeName('provider', locale)
    case 'site':
    case 'discount':
    case 'priority':
    case 'note':
    case 'images':
    case 'milestones':
    case 'taxes':
      return itemChangeName(field, locale)
    default:
      return ''
  }
}

/** One of the two values as the page shows such a thing elsewhere: `10 %`, `16 MO`, a name; never what is stored. */
export function conflictText(
  { field }: Pick<PlanConflict, 'field'>,
  value: PlanConflict['ours'],
  { locale, notation, currency, taxes, providers }: Context,
): string {
  const nothing = '–'
  switch (field) {
    // each field's own type, as `mergePlans` took it from a plan
    case 'feeCents':
      return money(Number(value), currency, locale)
    case 'discount':
      return discountText(value as Discount, currency, locale) || nothing
    case 'site':
      return siteText(value as Site, notation, locale)
    case 'priority':
      return priorityName(value as PlanItem['priority'], locale)
    case 'providerId':
      return providers.find(({ id }) => id === value)?.name ?? m.item_no_provider({}, { locale })
    case 'taxIds': {
      const ids: readonly unknown[] = Array.isArray(value) ? value : []
      return (
        taxes
          .filter(({ id }) => ids.includes(id))
          .map(({ name }) => name[locale])
          .join(', ') || nothing
      )
    }
    case 'taxes':
      return (
        (value as readonly Tax[])
          .map(({ name, ratePpm }) => `${name[locale]} ${ratePercent(ratePpm, locale)}`)
          .join(', ') || nothing
      )
    case 'milestones':
      return milestonesText(value as PlanMilestone[], locale)
    case 'images':
      return new Intl.NumberFormat(`${locale}-CA`).format(Array.isArray(value) ? value.length : 0)
    default:
      return typeof value === 'string' || typeof value === 'number' ? String(value) || nothing : nothing
  }
}
