import { and, asc, eq, isNull, ne, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { sameNumber, starterCatalogue, type Procedure } from '../plan-rules/index.ts'
import { readPlanSettings } from '../plans/plan-settings.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { procedures } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

export type CatalogueEntry = Required<Procedure> & { id: string; archived: boolean }

const values = ({ code, name, category, site, per, feeCents, taxIds, milestones }: Procedure) => ({
  code,
  nameEn: name.en,
  nameFr: name.fr,
  category,
  site,
  per,
  feeCents,
  taxIds,
  ...(milestones ? { milestones } : {}),
  changedAt: new Date(),
})

/** The practice's catalogue by code. Inside withTenant. */
export async function listProcedures(tx: Transaction): Promise<CatalogueEntry[]> {
  const rows = await tx.select().from(procedures).orderBy(asc(procedures.code))
  return rows.map(({ nameEn, nameFr, archivedAt, tenantId: _, changedAt: __, ...row }) => ({
    ...row,
    name: { en: nameEn, fr: nameFr },
    archived: archivedAt !== null,
  }))
}

/**
 * Adds a procedure, or changes one.
 *
 * @param id null for a new one
 * @returns `taken` when another has its code, `absent` when the practice has no such procedure
 */
export function saveProcedure(
  db: Database,
  staff: Staff,
  { id, procedure }: { id: string | null; procedure: Procedure },
): Promise<'saved' | 'taken' | 'absent'> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const [other] = await tx
      .select({ id: procedures.id })
      .from(procedures)
      .where(
        and(
          sql`lower(${procedures.code}) = lower(${procedure.code})`,
          id === null ? undefined : ne(procedures.id, id),
        ),
      )
    if (other) return 'taken'
    const saved =
      id === null
        ? await tx
            .insert(procedures)
            .values({ tenantId: staff.tenantId, ...values(procedure) })
            .returning({ id: procedures.id })
        : await tx
            .update(procedures)
            .set(values(procedure))
            .where(eq(procedures.id, id))
            .returning({ id: procedures.id })
    if (!saved[0]) return 'absent'
    await changed(tx, staff, { procedures: 1 })
    return 'saved'
  })
}

/** Takes a procedure out of what is offered, or back into it. Plans keep their copies. */
export function archiveProcedure(
  db: Database,
  staff: Staff,
  { id, archived }: { id: string; archived: boolean },
): Promise<boolean> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const [row] = await tx
      .update(procedures)
      .set({ archivedAt: archived ? new Date() : null, changedAt: new Date() })
      .where(eq(procedures.id, id))
      .returning({ id: procedures.id })
    if (!row) return false
    await changed(tx, staff, { procedures: 1, archived })
    return true
  })
}

/**
 * Takes procedures over: those of a code that is there already are changed, the others added, none removed.
 *
 * @returns how many were added and how many changed
 */
export function importProcedures(
  db: Database,
  staff: Staff,
  wanted: readonly Procedure[],
): Promise<{ added: number; changed: number }> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const present = new Map(
      (await tx.select({ id: procedures.id, code: procedures.code }).from(procedures)).map(({ id, code }) => [
        code.toLowerCase(),
        id,
      ]),
    )
    const fresh = wanted.filter(({ code }) => !present.has(code.toLowerCase()))
    for (let start = 0; start < fresh.length; start += 1000) {
      const rows = fresh.slice(start, start + 1000)
      await tx.insert(procedures).values(rows.map((row) => ({ tenantId: staff.tenantId, ...values(row) })))
    }
    for (const procedure of wanted) {
      const id = present.get(procedure.code.toLowerCase())
      if (id === undefined) continue
      await tx
        .update(procedures)
        .set({ ...values(procedure), archivedAt: null })
        .where(eq(procedures.id, id))
    }
    const counts = { added: fresh.length, changed: wanted.length - fresh.length }
    await changed(tx, staff, { procedures: wanted.length, ...counts })
    return counts
  })
}

/** Gives a practice that has no procedure the catalogue that is shipped; does nothing otherwise. */
export async function startCatalogue(db: Database, staff: Staff): Promise<void> {
  const [any, to] = await withTenant(db, staff.tenantId, async (tx) => [
    await tx.select({ id: procedures.id }).from(procedures).where(isNull(procedures.archivedAt)).limit(1),
    (await readPlanSettings(tx)).currency,
  ])
  if (any.length > 0) return
  const priced = starterCatalogue.map((each) => ({
    ...each,
    feeCents: sameNumber(each.feeCents, { from: 'CAD', to }),
  }))
  await importProcedures(db, staff, priced)
}

async function changed(
  tx: Transaction,
  staff: Staff,
  detail: Record<string, number | boolean>,
): Promise<void> {
  await recordInTransaction(tx, {
    ...staffEvent(staff),
    kind: 'settings.changed',
    detail: { what: 'catalogue', ...detail },
  })
}
