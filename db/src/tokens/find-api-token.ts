import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import type { TokenScope } from '../schema/index.ts'
import { hashSecret } from '../secrets.ts'

export type ApiToken = { id: string; tenantId: string; tenantSlug: string; scopes: TokenScope[] }

/** The live token behind a bearer secret; null when unknown, expired or revoked. */
export async function findApiToken(db: Database, secret: string): Promise<ApiToken | null> {
  const {
    rows: [row],
  } = await db.execute<{
    id: string
    tenant_id: string
    tenant_slug: string
    scopes: TokenScope[]
  }>(sql`SELECT * FROM door_api_token(${hashSecret(secret)})`)
  return row ? { id: row.id, tenantId: row.tenant_id, tenantSlug: row.tenant_slug, scopes: row.scopes } : null
}
