import { frameOf } from '#lib/server/frame-of.ts'
import type { LayoutServerLoad } from './$types'

/**
 * For an address that no page has: the frame, where somebody is logged in, since no layout of the practice stands around
 * it. Nobody comes to one without asking the server, so that the route need not be watched.
 */
export const load: LayoutServerLoad = async ({ locals, route, untrack }) => {
  const { session } = locals
  const isNoPage = untrack(() => route.id === null)
  return { absentFrame: isNoPage && session ? await frameOf(session) : null }
}
