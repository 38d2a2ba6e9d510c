import { findShareSession, shareCookieName, type ShareSession } from '@bitewing/db'
import { error, type Cookies } from '@sveltejs/kit'
import { notOpenedHere } from '#lib/not-opened-here.ts'
import { ports } from './compose.ts'

/** The share whose cookie this is, where it opens a plan; asked for at every request. Ends the request with 404 else. */
export async function requirePlanShare(
  locals: App.Locals,
  cookies: Cookies,
  shareId: string,
): Promise<ShareSession & { planVersionId: string; cookie: string }> {
  const { db, refusals } = ports()
  const value = cookies.get(shareCookieName)
  if (value === undefined) error(404, notOpenedHere)
  const share = await findShareSession(db, shareId, value)
  if (!share) {
    await refusals.note('share', value, locals.address)
    error(404, 'link ended')
  }
  const { planVersionId } = share
  if (planVersionId === null) error(404, 'link ended')
  return { ...share, planVersionId, cookie: `${shareCookieName}=${value}` }
}
