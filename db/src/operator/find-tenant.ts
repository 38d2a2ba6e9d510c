import { eq } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { tenants } from '../schema/index.ts'

/** A practice by its slug; null when there is none. Connected as the owner. */
export async function findTenant(
  ownerDb: Database,
  slug: string,
): Promise<{ id: string; name: string } | null> {
  const [row] = await ownerDb
    .select({ id: tenants.id, name: tenants.name })
    .from(tenants)
    .where(eq(tenants.slug, slug))
  return row ?? null
}
