import type { ItemState } from './item-states.ts'

export const milestoneUnits = ['day', 'week', 'month'] as const
export type MilestoneUnit = (typeof milestoneUnits)[number]

/** How long after the milestone before it one is expected; the first, after the day its item begins. */
export type MilestoneOffset = { count: number; unit: MilestoneUnit }

/** A step that a procedure takes on its way: surgery, healing, abutment, crown. */
export type ProcedureMilestone = {
  name: { en: string; fr: string }
  /** null: nobody says when */
  after: MilestoneOffset | null
}

/** A step of an item of a plan: part of what is frozen and signed. That it was reached stands beside it. */
export type PlanMilestone = ProcedureMilestone & {
  /** the same in all versions of the plan */
  id: string
}

/** ISO days of an event. */
export type PlannedDay = { expected: string | null; actual: string | null }

export const milestonesMax = 12
export const milestoneCountMax = 999
export const milestoneNameMax = 120

/** The milestones of a procedure as an item of a plan has them; absent where there are none. */
export function planMilestones(milestones: readonly ProcedureMilestone[]): { milestones?: PlanMilestone[] } {
  const made = milestones.map(({ name, after }) => ({ id: crypto.randomUUID(), name, after }))
  return made.length > 0 ? { milestones: made } : {}
}

/** The day so long after another. The same day of a month, or its last where it has none. @param day ISO */
export function addOffset(day: string, { count, unit }: MilestoneOffset): string {
  const at = new Date(`${day}T00:00:00Z`)
  if (unit !== 'month') at.setUTCDate(at.getUTCDate() + count * (unit === 'week' ? 7 : 1))
  else {
    const wanted = at.getUTCDate()
    at.setUTCDate(1)
    at.setUTCMonth(at.getUTCMonth() + count)
    const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate()
    at.setUTCDate(Math.min(wanted, last))
  }
  return at.toISOString().slice(0, 10)
}

type Standing = { state: ItemState; day: string | null }

const underWay: ReadonlySet<ItemState> = new Set(['accepted', 'scheduled', 'in-progress'])

/**
 * When each milestone of an item is expected and was reached. One is expected after the day that the one before it was
 * reached, or is expected: what is late makes late what follows. A day that somebody set stands.
 *
 * @param standing of the item; its day counts from where it is booked or begun, not where it is done
 * @param noted    what is known of the milestones, by id
 */
export function milestoneDays(
  milestones: readonly PlanMilestone[],
  standing: Standing | undefined,
  noted: Readonly<Record<string, PlannedDay>>,
): Record<string, PlannedDay> {
  let before = standing && underWay.has(standing.state) ? standing.day : null
  return Object.fromEntries(
    milestones.map(({ id, after }) => {
      const { expected: set = null, actual = null } = noted[id] ?? {}
      const byOffset = before !== null && after !== null ? addOffset(before, after) : null
      // of one that was reached it is known whether anybody expected it
      const expected = set ?? (actual === null ? byOffset : null)
      before = actual ?? expected
      return [id, { expected, actual }]
    }),
  )
}

/**
 * What an item under way waits for: the milestone after the last that was reached. One that was passed over is not
 * waited for.
 *
 * @returns null where there is none, or the item is not under way
 */
export function nextMilestone(
  milestones: readonly PlanMilestone[],
  standing: Standing | undefined,
  noted: Readonly<Record<string, PlannedDay>>,
): { milestone: PlanMilestone; expected: string | null } | null {
  if (!standing || !underWay.has(standing.state)) return null
  const days = milestoneDays(milestones, standing, noted)
  const reached = milestones.findLastIndex(({ id }) => days[id]?.actual != null)
  const milestone = milestones[reached + 1]
  return milestone ? { milestone, expected: days[milestone.id]?.expected ?? null } : null
}
