import { randomUUID } from 'node:crypto'
import type { Database } from '../database.ts'
import { aeTitles, tenants } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

/**
 * Makes a practice with its first AE title.
 *
 * @param ownerDb      connected as the owner: the app's role may not make practices
 * @param wrapDataKey  makes and wraps the practice's data key for its id
 * @throws when the slug or AE title is taken
 */
export async function createTenant(
  ownerDb: Database,
  tenant: {
    slug: string
    name: string
    aeTitle: string
    locale?: 'en' | 'fr'
    wrapDataKey: (tenantId: string) => Uint8Array | Promise<Uint8Array>
  },
): Promise<{ id: string }> {
  const id = randomUUID()
  const wrappedDataKey = Buffer.from(await tenant.wrapDataKey(id))
  await withTenant(ownerDb, id, async (tx) => {
    await tx.insert(tenants).values({
      id,
      slug: tenant.slug,
      name: tenant.name,
      locale: tenant.locale ?? 'fr',
      wrappedDataKey,
    })
    await tx.insert(aeTitles).values({ tenantId: id, aeTitle: tenant.aeTitle })
  })
  return { id }
}
