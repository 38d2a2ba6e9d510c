import { readStorage, withTenant } from '@bitewing/db'
import { ports } from '#lib/server/compose.ts'
import { requireAction, requireTenant } from '#lib/server/session.ts'
import type { PageServerLoad } from './$types'

/** What takes the practice's space, for its owner: counts and bytes, no patient. */
export const load: PageServerLoad = async ({ locals }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'settings.write')
  return { stored: await withTenant(ports().db, session.tenant.id, readStorage) }
}
