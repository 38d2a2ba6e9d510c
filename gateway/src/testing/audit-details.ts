import { withTenant } from '@bitewing/db'
import { auditEvents } from '@bitewing/db/schema'
import { and, asc, eq } from 'drizzle-orm'
import type { TestGateway } from './start-test-gateway.ts'

/** Details of a practice's audit events of one kind, oldest first. */
export async function auditDetails(
  { system }: TestGateway,
  tenantId: string,
  kind: string,
): Promise<Record<string, unknown>[]> {
  const rows = await withTenant(system.db, tenantId, (tx) =>
    tx
      .select({ detail: auditEvents.detail })
      .from(auditEvents)
      .where(and(eq(auditEvents.chainId, tenantId), eq(auditEvents.kind, kind)))
      .orderBy(asc(auditEvents.position)),
  )
  return rows.map(({ detail }) => detail)
}
