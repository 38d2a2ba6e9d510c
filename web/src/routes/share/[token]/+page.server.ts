import { findShare, openShare, shareCookieName, sharePath } from '@bitewing/db'
import { error, redirect } from '@sveltejs/kit'
import { ports } from '#lib/server/compose.ts'
import type { Actions, PageServerLoad } from './$types'

/** Before the click: the practice's name and a button. Scanners of mail may look; nothing is opened or counted. */
export const load: PageServerLoad = async ({ params }) => {
  const share = await findShare(ports().db, params.token)
  if (!share) error(404, 'link ended')
  return { practice: share.tenantName, opens: share.opens }
}

export const actions: Actions = {
  /** The click: the token becomes this device's cookie, which goes nowhere but below the share's own path. */
  default: async ({ params, locals, cookies }) => {
    const { db, audit, refusals, environment } = ports()
    const opened = await openShare(db, params.token)
    const from = { address: locals.address, sessionId: null }
    if (!opened) {
      await refusals.note('share', params.token, locals.address)
      error(404, 'link ended')
    }
    await audit.record({
      ...from,
      tenantId: opened.tenantId,
      kind: 'share.opened',
      outcome: 'success',
      actor: { kind: 'share', id: opened.shareId },
    })
    cookies.set(shareCookieName, opened.cookieValue, {
      path: sharePath(opened.shareId),
      httpOnly: true,
      sameSite: 'lax',
      secure: environment.secureCookies,
      expires: opened.expiresAt,
    })
    redirect(303, sharePath(opened.shareId))
  },
}
