import { readSecondFactors, trySecondFactor } from '@bitewing/db'
import { fail, redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import {
  nextPath,
  nextQuery,
  openSession,
  pendingLogIn,
  refuseSecondFactor,
} from '#lib/server/log-in-steps.ts'
import type { Actions, PageServerLoad } from './$types'

const CodeForm = z.object({ code: z.string().trim().min(1).max(100) })

/** The second factor of somebody whose password was right. */
export const load: PageServerLoad = async (event) => {
  if (event.locals.session) redirect(303, nextPath(event))
  const pending = await pendingLogIn(event)
  if (!pending) redirect(303, `/login${nextQuery(event)}`)
  const { appSince, passkeys, recoveryLeft } = await readSecondFactors(ports().db, pending.userId)
  if (appSince === null && passkeys === 0) redirect(303, `/login/set-up${nextQuery(event)}`)
  return { hasApp: appSince !== null, hasPasskey: passkeys > 0, hasRecovery: recoveryLeft > 0 }
}

export const actions: Actions = {
  default: async (event) => {
    const pending = await pendingLogIn(event)
    if (!pending) redirect(303, `/login${nextQuery(event)}`)
    const form = CodeForm.safeParse(Object.fromEntries(await event.request.formData()))
    if (!form.success) return fail(400, { problem: 'wrong' as const, until: null })
    const { db, accountKey } = ports()
    const tried = await trySecondFactor(db, accountKey, { userId: pending.userId, typed: form.data.code })
    if (tried.outcome === 'app' || tried.outcome === 'recovery') {
      await openSession(event, pending.userId, tried.outcome)
      redirect(303, nextPath(event))
    }
    await refuseSecondFactor(event, pending.userId)
    return tried.outcome === 'locked'
      ? fail(429, { problem: 'locked' as const, until: tried.until.toISOString() })
      : fail(401, { problem: 'wrong' as const, until: null })
  },
}
