import { sql, type SQL } from 'drizzle-orm'
import { pgPolicy, pgRole } from 'drizzle-orm/pg-core'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'

/** The role the apps connect as: owns nothing, bypasses nothing. Made by the migration if it is absent. */
export const appRole = pgRole('bitewing_app').existing()

/** Rows of the practice that `withTenant` named for this transaction, and no others. */
export function ownTenantOnly(tenantId: AnyPgColumn) {
  const own: SQL = sql`${tenantId} = current_tenant_id()`
  return pgPolicy('own_tenant_only', { for: 'all', to: appRole, using: own, withCheck: own })
}

/** As `ownTenantOnly`; what was deleted and may still come back is seen only by who asked for it (`showDeleted`). */
export function ownTenantNotDeleted(tenantId: AnyPgColumn, deletionId: AnyPgColumn) {
  return pgPolicy('own_tenant_only', {
    for: 'all',
    to: appRole,
    using: sql`${tenantId} = current_tenant_id() AND (${deletionId} IS NULL OR shows_deleted())`,
    withCheck: sql`${tenantId} = current_tenant_id()`,
  })
}

/** Rows that belong to no practice (quarantine, checkpoints); open only inside `asSystem`. */
export function systemOnly() {
  return pgPolicy('system_only', {
    for: 'all',
    to: appRole,
    using: sql`is_system()`,
    withCheck: sql`is_system()`,
  })
}
