import { practiceClock, withTenant } from '@bitewing/db'
import { ports } from './compose.ts'

const keptMs = 60_000
const kept = new Map<string, { timeZone: string; until: number }>()

/** The practice's time zone, IANA name; a change of it shows within a minute. */
export async function timeZoneOf(tenantId: string): Promise<string> {
  const known = kept.get(tenantId)
  if (known && known.until > Date.now()) return known.timeZone
  const { timeZone } = await withTenant(ports().db, tenantId, practiceClock)
  kept.set(tenantId, { timeZone, until: Date.now() + keptMs })
  return timeZone
}
