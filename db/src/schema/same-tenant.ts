import { getTableName } from 'drizzle-orm'
import { foreignKey, type AnyPgColumn } from 'drizzle-orm/pg-core'

/**
 * A reference to a row of the same practice: Postgres itself refuses another practice's id, whatever a query says. Needs a
 * unique index on tenant and id over there. References to `instances` have the trigger `same_tenant` instead: see
 * docs/security.md.
 */
export function sameTenant(
  tenantId: AnyPgColumn,
  id: AnyPgColumn,
  there: { tenantId: AnyPgColumn; id: AnyPgColumn },
) {
  return foreignKey({
    name: `${getTableName(id.table)}_${id.name}_same_tenant`,
    columns: [tenantId, id],
    foreignColumns: [there.tenantId, there.id],
  })
}
