import { sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { isTenantId } from '../tenancy/is-tenant-id.ts'

/** Where a record has gone that went into another: links to it lead there. Inside withTenant. @returns null where it did not */
export async function mergedInto(tx: Transaction, patientId: string): Promise<string | null> {
  if (!isTenantId(patientId)) return null
  const { rows } = await tx.execute<{ id: string | null }>(
    sql`SELECT door_merged_into(${patientId}::uuid) AS id`,
  )
  return rows[0]?.id ?? null
}
