import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { removeOrRestore } from '../removal.ts'
import { mountLayouts, type LayoutRows } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

/** A layout of the practice's own. */
export type MountLayoutRow = {
  id: string
  name: string
  rows: LayoutRows
  version: number
  changedAt: Date
  /** by name; null when nobody of that id is left */
  changedBy: string | null
}

/** More than anybody chooses among. */
const layoutsMax = 100

/** The practice's own layouts, by name. Inside withTenant. @param id only this one */
export async function listMountLayouts(tx: Transaction, id?: string): Promise<MountLayoutRow[]> {
  return tx
    .select({
      id: mountLayouts.id,
      name: mountLayouts.name,
      rows: mountLayouts.rows,
      version: mountLayouts.version,
      changedAt: mountLayouts.changedAt,
      changedBy: userName(mountLayouts.changedBy),
    })
    .from(mountLayouts)
    .where(and(isNull(mountLayouts.deletedAt), id === undefined ? undefined : eq(mountLayouts.id, id)))
    .orderBy(asc(sql`lower(${mountLayouts.name})`), asc(mountLayouts.id))
    .limit(layoutsMax)
}

/** Makes a layout. @returns our id; null when the practice has as many as anybody chooses among */
export function addMountLayout(
  db: Database,
  staff: Staff,
  layout: { name: string; rows: LayoutRows },
): Promise<string | null> {
  return withTenant(db, staff.tenantId, async (tx) => {
    if ((await listMountLayouts(tx)).length >= layoutsMax) return null
    const by = { createdBy: staff.userId, changedBy: staff.userId }
    const [made] = await tx
      .insert(mountLayouts)
      .values({ ...layout, ...by, tenantId: staff.tenantId })
      .returning({ id: mountLayouts.id })
    if (!made) return null
    await told(tx, staff, { layoutId: made.id, change: 'made' })
    return made.id
  })
}

export type SavedMountLayout =
  | { outcome: 'saved'; version: number }
  /** somebody else has changed it since; as it is now */
  | { outcome: 'changed'; layout: MountLayoutRow }
  | { outcome: 'absent' }

/** Changes a layout. Mounts that were made by it stay as they are. @param change.version that was changed */
export function saveMountLayout(
  db: Database,
  staff: Staff,
  change: { id: string; version: number; name: string; rows: LayoutRows },
): Promise<SavedMountLayout> {
  return withTenant(db, staff.tenantId, async (tx): Promise<SavedMountLayout> => {
    const { id, version, name, rows } = change
    const [changed] = await tx
      .update(mountLayouts)
      .set({
        name,
        rows,
        version: sql`${mountLayouts.version} + 1`,
        changedBy: staff.userId,
        changedAt: new Date(),
      })
      .where(and(eq(mountLayouts.id, id), eq(mountLayouts.version, version), isNull(mountLayouts.deletedAt)))
      .returning({ version: mountLayouts.version })
    if (changed) {
      await told(tx, staff, { layoutId: id, change: 'changed', version: changed.version })
      return { outcome: 'saved', version: changed.version }
    }
    const [layout] = await listMountLayouts(tx, id)
    return layout ? { outcome: 'changed', layout } : { outcome: 'absent' }
  })
}

/** Takes a layout away, or brings it back. @returns whether there was one to take away or bring back */
export function removeMountLayout(
  db: Database,
  staff: Staff,
  { id, restore }: { id: string; restore: boolean },
): Promise<boolean> {
  return withTenant(db, staff.tenantId, async (tx) => {
    if (!(await removeOrRestore(tx, mountLayouts, eq(mountLayouts.id, id), { restore }))) return false
    await told(tx, staff, { layoutId: id, change: restore ? 'brought back' : 'removed' })
    return true
  })
}

async function told(tx: Transaction, staff: Staff, detail: Record<string, string | number>): Promise<void> {
  await recordInTransaction(tx, {
    ...staffEvent(staff),
    kind: 'settings.changed',
    detail: { what: 'mount layout', ...detail },
  })
}
