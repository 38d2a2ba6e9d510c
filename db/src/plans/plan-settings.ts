import { eq, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { currencyDigits, feeCentsMax, type Tax, type ToothNotation } from '../plan-rules/index.ts'
import { planSettings, procedures } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { staffEvent, type Staff } from './staff.ts'

export type PlanSettings = {
  notation: ToothNotation
  /** ISO 4217 */
  currency: string
  taxes: Tax[]
  consent: { en: string; fr: string }
  /** 0 until somebody has chosen */
  version: number
}

/** A practice in Québec that has chosen nothing yet. */
const defaults: PlanSettings = {
  notation: 'fdi',
  currency: 'CAD',
  taxes: [
    { id: 'gst', name: { en: 'GST', fr: 'TPS' }, ratePpm: 50_000 },
    { id: 'qst', name: { en: 'QST', fr: 'TVQ' }, ratePpm: 99_750 },
  ],
  consent: {
    en: 'The treatment, its alternatives, its risks and its cost were explained to me, and my questions were answered. I agree to this plan. I can change my mind at any time before a treatment begins.',
    fr: 'On m’a expliqué le traitement, ses solutions de rechange, ses risques et son coût, et l’on a répondu à mes questions. J’accepte ce plan. Je peux changer d’avis en tout temps avant le début d’un traitement.',
  },
  version: 0,
}

/** How the practice plans. Inside withTenant. */
export async function readPlanSettings(tx: Transaction): Promise<PlanSettings> {
  const [row] = await tx.select().from(planSettings)
  if (!row) return defaults
  const { notation, currency, taxes, consentEn, consentFr, version } = row
  return { notation, currency, taxes, consent: { en: consentEn, fr: consentFr }, version }
}

/**
 * Where the new currency is counted with other decimals, the catalogue's fees keep their numbers.
 *
 * @param settings.version what the change began from
 * @returns false when somebody else has changed them meanwhile
 */
export function savePlanSettings(db: Database, staff: Staff, settings: PlanSettings): Promise<boolean> {
  const { tenantId } = staff
  const { notation, currency, taxes, consent, version } = settings
  const values = { notation, currency, taxes, consentEn: consent.en, consentFr: consent.fr }
  return withTenant(db, tenantId, async (tx) => {
    const before = (await readPlanSettings(tx)).currency
    const [saved] = await tx
      .insert(planSettings)
      .values({ tenantId, ...values })
      .onConflictDoUpdate({
        target: planSettings.tenantId,
        set: { ...values, version: sql`${planSettings.version} + 1`, changedAt: new Date() },
        setWhere: eq(planSettings.version, version),
      })
      .returning({ version: planSettings.version })
    if (!saved) return false
    if (currencyDigits(currency) !== currencyDigits(before)) {
      // as `sameNumber` has it, for all of them at once
      const scale = String(10 ** (currencyDigits(currency) - currencyDigits(before)))
      await tx.update(procedures).set({
        feeCents: sql`least(${feeCentsMax}::integer, round(${procedures.feeCents} * ${scale}::numeric))`,
      })
    }
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'settings.changed',
      detail: { what: 'treatment plans' },
    })
    return true
  })
}
