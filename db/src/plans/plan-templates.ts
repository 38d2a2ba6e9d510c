import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import { listProcedures } from '../catalogue/procedures.ts'
import type { Database, Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import { planOfTemplate, templateOf, type PlanContent } from '../plan-rules/index.ts'
import { removeOrRestore } from '../removal.ts'
import { planTemplates } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { readPlanSettings } from './plan-settings.ts'
import { staffEvent, type Staff } from './staff.ts'

/** A treatment plan that the practice begins others from. */
export type PlanTemplate = {
  id: string
  name: string
  content: PlanContent
  changedAt: Date
  /** by name; null when nobody of that id is left */
  changedBy: string | null
}

/** More than anybody chooses among. */
const templatesMax = 100

/** The practice's templates, by name. Inside withTenant. @param id only this one */
export async function listPlanTemplates(tx: Transaction, id?: string): Promise<PlanTemplate[]> {
  return tx
    .select({
      id: planTemplates.id,
      name: planTemplates.name,
      content: planTemplates.content,
      changedAt: planTemplates.changedAt,
      changedBy: userName(planTemplates.changedBy),
    })
    .from(planTemplates)
    .where(and(isNull(planTemplates.deletedAt), id === undefined ? undefined : eq(planTemplates.id, id)))
    .orderBy(asc(sql`lower(${planTemplates.name})`), asc(planTemplates.id))
    .limit(templatesMax)
}

/** What a plan begins with that is made of a template; null when the practice has none of that id. Inside withTenant. */
export async function contentOfTemplate(tx: Transaction, id: string): Promise<PlanContent | null> {
  const [template] = await listPlanTemplates(tx, id)
  if (!template) return null
  const { currency, taxes } = await readPlanSettings(tx)
  return planOfTemplate(template.content, { currency, taxes, catalogue: await listProcedures(tx) })
}

/** Keeps what of a plan is of no patient. @returns our id; null when the practice has as many as anybody chooses among */
export function addPlanTemplate(
  db: Database,
  staff: Staff,
  { name, content }: { name: string; content: PlanContent },
): Promise<string | null> {
  return withTenant(db, staff.tenantId, async (tx) => {
    if ((await listPlanTemplates(tx)).length >= templatesMax) return null
    const by = { createdBy: staff.userId, changedBy: staff.userId }
    const [made] = await tx
      .insert(planTemplates)
      .values({ name, content: templateOf(content), ...by, tenantId: staff.tenantId })
      .returning({ id: planTemplates.id })
    if (!made) return null
    await told(tx, staff, made.id, 'made')
    return made.id
  })
}

/** @returns whether the practice has such a template */
export function renamePlanTemplate(
  db: Database,
  staff: Staff,
  { id, name }: { id: string; name: string },
): Promise<boolean> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const changed = await tx
      .update(planTemplates)
      .set({ name, changedBy: staff.userId, changedAt: new Date() })
      .where(and(eq(planTemplates.id, id), isNull(planTemplates.deletedAt)))
      .returning({ id: planTemplates.id })
    if (changed.length === 0) return false
    await told(tx, staff, id, 'renamed')
    return true
  })
}

/** Takes a template away, or brings it back. @returns whether there was one to take away or bring back */
export function removePlanTemplate(
  db: Database,
  staff: Staff,
  { id, restore }: { id: string; restore: boolean },
): Promise<boolean> {
  return withTenant(db, staff.tenantId, async (tx) => {
    if (!(await removeOrRestore(tx, planTemplates, eq(planTemplates.id, id), { restore }))) return false
    await told(tx, staff, id, restore ? 'brought back' : 'removed')
    return true
  })
}

async function told(tx: Transaction, staff: Staff, templateId: string, change: string): Promise<void> {
  await recordInTransaction(tx, {
    ...staffEvent(staff),
    kind: 'settings.changed',
    detail: { what: 'plan template', templateId, change },
  })
}
