import { findShareSession, shareCookieName, type ShareSession } from '@bitewing/db'
import { error, type Cookies } from '@sveltejs/kit'
import { ports } from './compose.ts'

/** The share whose cookie this is, where it opens a plan; asked for at every request. Ends the request with 404 else. */
export async function requirePlanShare(
  locals: App.Locals,
  cookies: Cookies,
  shareId: string,
): Promise<ShareSession & { planVersionId: string; cookie: string }> {
  const { db, refusals } = ports()
  const value = cookies.get(shareCookieName)
  const share = value === undefined ? null : await findShareSession(db, shareId, value)
  if (value === undefined) error(404, 'link ended')
  if (!share) {
    await refusals.note('share', value, locals.address)
    error(404, 'link ended')
  }
  const { planVersionId } = share
  if (planVersionId === null) error(404, 'link ended')
  return { ...share, planVersionId, cookie: `${shareCookieName}=${value}` }
}
