import { frameOf } from '#lib/server/frame-of.ts'
import { requireSession } from '#lib/server/session.ts'
import type { LayoutServerLoad } from './$types'

/** What the frame of every page shows. Protects nothing: each load and action checks for itself. */
export const load: LayoutServerLoad = async ({ locals }) => {
  const session = requireSession(locals)
  // before anything is asked for: what comes from now on may be missing on the page
  const madeAt = Date.now()
  return { locale: locals.locale, madeAt, ...(await frameOf(session)) }
}
