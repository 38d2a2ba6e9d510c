import {
  milestoneCountMax,
  milestoneNameMax,
  milestonesMax,
  type MilestoneUnit,
  type ProcedureMilestone,
} from './milestones.ts'

const units: Readonly<Record<string, MilestoneUnit>> = {
  '': 'day',
  d: 'day',
  day: 'day',
  days: 'day',
  j: 'day',
  jour: 'day',
  jours: 'day',
  w: 'week',
  week: 'week',
  weeks: 'week',
  sem: 'week',
  semaine: 'week',
  semaines: 'week',
  m: 'month',
  month: 'month',
  months: 'month',
  mois: 'month',
}

type Line = { name: string; after: ProcedureMilestone['after'] }

/**
 * The milestones of a procedure as a table has them in either language: `Surgery +0; Healing +3 m; Crown +2 w`. What
 * follows the plus sign is the time after the one before, in days where no unit stands there.
 *
 * @returns null when one of both is none, or they do not say the same
 */
export function readMilestones(english: string, french: string): ProcedureMilestone[] | null {
  const [en, fr] = [readLines(english), readLines(french)]
  if (!en || !fr || en.length !== fr.length) return null
  const read = en.map(({ name, after }, index) => ({
    name: { en: name, fr: fr[index]?.name ?? name },
    after,
  }))
  const isSame = (a: Line['after'], b: Line['after'] = null) => a?.count === b?.count && a?.unit === b?.unit
  return read.every(({ after }, index) => isSame(after, fr[index]?.after)) ? read : null
}

function readLines(text: string): Line[] | null {
  const lines = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(readLine)
  const read = lines.filter((line) => line !== null)
  return read.length === lines.length && read.length <= milestonesMax ? read : null
}

function readLine(text: string): Line | null {
  const parts = /^([^+].*?)(?:\s*\+\s*(\d{1,3})\s*(\p{L}*)\.?)?$/u.exec(text)
  const [, name = '', count, word = ''] = parts ?? []
  if (name === '' || name.length > milestoneNameMax) return null
  if (count === undefined) return { name, after: null }
  const unit = units[word.toLowerCase()]
  return unit && Number(count) <= milestoneCountMax ? { name, after: { count: Number(count), unit } } : null
}
