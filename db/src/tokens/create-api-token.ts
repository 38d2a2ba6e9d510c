import type { Database } from '../database.ts'
import { apiTokens, type TokenScope } from '../schema/index.ts'
import { hashSecret, randomSecret } from '../secrets.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

/** Makes a token and returns its secret, which is never shown again. */
export async function createApiToken(
  db: Database,
  token: { tenantId: string; name: string; scopes: TokenScope[]; expiresAt: Date | null },
): Promise<string> {
  const secret = randomSecret('bw_')
  await withTenant(db, token.tenantId, (tx) =>
    tx.insert(apiTokens).values({ ...token, tokenHash: hashSecret(secret) }),
  )
  return secret
}
