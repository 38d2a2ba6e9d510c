import { newAuthenticator, newRecoveryCodes, trySecondFactor } from '@bitewing/db'
import { fail, redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import {
  nextPath,
  nextQuery,
  openSession,
  pendingWithoutSecondFactor,
  refuseSecondFactor,
} from '#lib/server/log-in-steps.ts'
import { qrPath } from '#lib/server/qr-path.ts'
import { auditOf } from '#lib/server/session.ts'
import type { Actions, PageServerLoad } from './$types'

const CodeForm = z.object({ code: z.string().trim().min(1).max(100) })

/** For somebody whose practice asks for a second factor, and who has none: nothing opens before. */
export const load: PageServerLoad = async (event) => {
  const next = nextPath(event)
  // the codes that were just made are still to be shown
  if (event.locals.session) return { next, app: null }
  const pending = await pendingWithoutSecondFactor(event)
  if (!pending) redirect(303, `/login${nextQuery(event)}`)
  const { db, accountKey } = ports()
  const app = await newAuthenticator(db, accountKey, { ...pending, issuer: 'Bitewing' })
  return { next, app: app && { secret: app.secret, qr: qrPath(app.uri) } }
}

export const actions: Actions = {
  default: async (event) => {
    const pending = await pendingWithoutSecondFactor(event)
    if (!pending) redirect(303, `/login${nextQuery(event)}`)
    const form = CodeForm.safeParse(Object.fromEntries(await event.request.formData()))
    if (!form.success) return fail(400, { problem: 'wrong' as const, until: null })
    const { db, accountKey, audit } = ports()
    const { userId } = pending
    const tried = await trySecondFactor(db, accountKey, { userId, typed: form.data.code, confirming: true })
    if (tried.outcome !== 'app') {
      await refuseSecondFactor(event, userId)
      return tried.outcome === 'locked'
        ? fail(429, { problem: 'locked' as const, until: tried.until.toISOString() })
        : fail(401, { problem: 'wrong' as const, until: null })
    }
    const codes = await newRecoveryCodes(db, userId)
    await openSession(event, userId, 'app')
    const { locals } = event
    if (locals.session) {
      await audit.record({
        ...auditOf(locals, locals.session),
        kind: 'account.changed',
        outcome: 'success',
        detail: { what: 'authenticator app added' },
      })
    }
    return { codes }
  },
}
