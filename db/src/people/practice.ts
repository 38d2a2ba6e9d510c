import { eq, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { tenants, type OpeningHours } from '../schema/index.ts'
import { ownPractice } from '../tenancy/own-practice.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

export type Practice = {
  slug: string
  name: string
  locale: 'en' | 'fr'
  timeZone: string
  /** null where nobody has said */
  openingHours: OpeningHours | null
  secondFactorRequired: boolean
}

/** Inside withTenant. */
export async function readPractice(tx: Transaction): Promise<Practice> {
  const [row] = await tx
    .select({
      slug: tenants.slug,
      name: tenants.name,
      locale: tenants.locale,
      timeZone: tenants.timeZone,
      openingHours: tenants.openingHours,
      secondFactorRequired: tenants.secondFactorRequired,
    })
    .from(tenants)
    .where(ownPractice)
  if (!row) throw new Error('the practice is not there')
  return { ...row, locale: row.locale === 'en' ? 'en' : 'fr' }
}

/**
 * Its name, the language of pages for people who have chosen none, where its clock runs, and when it is open.
 *
 * @param practice.timeZone IANA name
 */
export function savePractice(
  db: Database,
  staff: Staff,
  changes: Pick<Practice, 'name' | 'locale' | 'timeZone' | 'openingHours'>,
): Promise<void> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const { name, locale, timeZone, openingHours } = changes
    await tx
      .update(tenants)
      .set({ name, locale, timeZone, openingHours })
      .where(eq(tenants.id, staff.tenantId))
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'settings.changed',
      detail: { what: 'practice' },
    })
  })
}

/**
 * Asks everybody of the practice for a second factor, or no longer. Sessions here of those who have none end: they
 * set one up as they log in again, and nothing opens before.
 */
export function requireSecondFactor(db: Database, staff: Staff, required: boolean): Promise<void> {
  return withTenant(db, staff.tenantId, async (tx) => {
    await tx.update(tenants).set({ secondFactorRequired: required }).where(eq(tenants.id, staff.tenantId))
    if (required) await tx.execute(sql`SELECT door_sessions_end_in_practice(NULL)`)
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'settings.changed',
      detail: { what: required ? 'second factor required' : 'second factor not required' },
    })
  })
}
