import type {
  MilestoneOffset,
  MilestoneUnit,
  PlannedDay,
  PlanMilestone,
  ProcedureMilestone,
} from '@bitewing/db/plan-rules'
import { shortDay } from '#lib/format/date.ts'
import type { Locale } from '#lib/locale.ts'
import { delayText } from '#lib/orthodontics/delay-text.ts'
import { m } from '#paraglide/messages.js'

const units = {
  day: m.milestone_unit_day,
  week: m.milestone_unit_week,
  month: m.milestone_unit_month,
} satisfies Record<MilestoneUnit, typeof m.milestone_unit_day>

/** A unit beside a number: `weeks later`. */
export function offsetUnitText(unit: MilestoneUnit, count: number, locale: Locale): string {
  return units[unit]({ count }, { locale })
}

/** When a milestone comes after the one before it: `3 months later`; empty where nobody says. */
export function offsetText(after: MilestoneOffset | null, locale: Locale): string {
  if (after === null) return ''
  if (after.count === 0) return m.milestone_same_day({}, { locale })
  const count = new Intl.NumberFormat(`${locale}-CA`).format(after.count)
  return `${count} ${offsetUnitText(after.unit, after.count, locale)}`
}

/** All milestones of an item in one line: `Surgery, the same day; Healing checked, 3 months later`; a dash for none. */
export function milestonesText(milestones: readonly ProcedureMilestone[], locale: Locale): string {
  const texts = milestones.map(({ name, after }) => [name[locale], offsetText(after, locale)])
  return texts.map((parts) => parts.filter((part) => part !== '').join(', ')).join('; ') || '–'
}

/** What a treatment waits for, and when: `Next: healing checked, expected 12 Feb 2027`. @param today ISO */
export function nextMilestoneText(
  { milestone, expected }: { milestone: PlanMilestone; expected: string | null },
  { today, locale }: { today: string; locale: Locale },
): string {
  const { name, after } = milestone
  const when = expected === null ? '' : milestoneDayText({ expected, actual: null }, after, { today, locale })
  return m.milestone_next({ what: [name[locale], when].filter((part) => part !== '').join(', ') }, { locale })
}

/** When it was reached, or is expected, and how that stands to today; its offset where no day is known yet. @param today ISO */
export function milestoneDayText(
  { expected, actual }: PlannedDay,
  after: MilestoneOffset | null,
  { today, locale }: { today: string; locale: Locale },
): string {
  if (actual === null && expected === null) return offsetText(after, locale)
  const day =
    actual === null
      ? m.milestone_expected_on({ day: shortDay(expected ?? '', locale) }, { locale })
      : m.milestone_reached_on({ day: shortDay(actual, locale) }, { locale })
  const delay = delayText({ expected, actual }, today)
  return delay === '' ? day : `${day}, ${delay}`
}
