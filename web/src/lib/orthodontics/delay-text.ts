import type { PlannedDay } from '@bitewing/db/plan-rules'
import { m } from '#paraglide/messages.js'
import { daysBetween } from './days-between.ts'

/** How an event stands to when it was expected; empty where there is nothing to say. @param today ISO */
export function delayText({ expected, actual }: PlannedDay, today: string): string {
  if (expected === null) return ''
  const days = daysBetween(expected, actual ?? today)
  if (actual === null) return days > 0 ? m.ortho_overdue({ count: days }) : ''
  if (days === 0) return m.ortho_on_day()
  return days > 0 ? m.ortho_late({ count: days }) : m.ortho_early({ count: -days })
}
