import type { Discount, ItemChange, ItemState, PlanItem } from '@bitewing/db/plan-rules'
import type { PlanVersion } from '@bitewing/db'
import { money } from '#lib/format/money.ts'
import type { Locale } from '#lib/locale.ts'
import { m } from '#paraglide/messages.js'

const itemStateNames = {
  proposed: m.item_proposed,
  accepted: m.item_accepted,
  declined: m.item_declined,
  scheduled: m.item_scheduled,
  'in-progress': m.item_in_progress,
  done: m.item_done,
} satisfies Record<ItemState, typeof m.item_proposed>

export function itemStateName(state: ItemState, locale: Locale): string {
  return itemStateNames[state]({}, { locale })
}

const versionStateNames = {
  draft: m.version_draft,
  presented: m.version_presented,
  signed: m.version_signed,
  declined: m.version_declined,
  replaced: m.version_replaced,
} satisfies Record<PlanVersion['state'], typeof m.version_draft>

export function versionStateName(state: PlanVersion['state'], locale: Locale): string {
  return versionStateNames[state]({}, { locale })
}

const priorities = { 1: m.priority_1, 2: m.priority_2, 3: m.priority_3 } as const

export function priorityName(priority: PlanItem['priority'], locale: Locale): string {
  return priorities[priority]({}, { locale })
}

const changes = {
  fee: m.change_fee,
  site: m.change_site,
  discount: m.change_discount,
  taxes: m.change_taxes,
  provider: m.change_provider,
  priority: m.change_priority,
  note: m.change_note,
  images: m.change_images,
  milestones: m.change_milestones,
  place: m.change_place,
} satisfies Record<ItemChange, typeof m.change_fee>

export function itemChangeName(change: ItemChange, locale: Locale): string {
  return changes[change]({}, { locale })
}

/** `10 %`, `50,00 $`; empty when there is none. */
export function discountText(discount: Discount, currency: string, locale: Locale): string {
  switch (discount.kind) {
    case 'none':
      return ''
    case 'percent':
      return new Intl.NumberFormat(`${locale}-CA`, { style: 'percent', maximumFractionDigits: 2 }).format(
        discount.hundredths / 10_000,
      )
    case 'amount':
      return money(discount.cents, currency, locale)
  }
}

/** What an alternative is called: its letter, and what sets it apart. */
export function planName(letter: string, title: string, locale: Locale): string {
  const plan = m.plan_letter({ letter }, { locale })
  return title === '' ? plan : `${plan} – ${title}`
}

/** A phase or visit as it was named, or by its place. */
export function phaseName(title: string, index: number, locale: Locale): string {
  return title === '' ? m.phase_number({ number: index + 1 }, { locale }) : title
}
export function visitName(title: string, index: number, locale: Locale): string {
  return title === '' ? m.visit_number({ number: index + 1 }, { locale }) : title
}
