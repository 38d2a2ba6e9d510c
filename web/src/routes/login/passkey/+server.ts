import { askPasskey, pendingLogInCookieName, takeChallenge } from '@bitewing/db'
import { json } from '@sveltejs/kit'
import { ports } from '#lib/server/compose.ts'
import {
  nextPath,
  openSession,
  pendingLogIn,
  refuseSecondFactor,
  startLogIn,
} from '#lib/server/log-in-steps.ts'
import { passkeyOptions, usePasskey } from '#lib/server/passkeys.ts'
import type { RequestHandler } from './$types'

/** What the browser is to ask of a passkey: after the password, as the second factor; else as all of the log-in. */
export const POST: RequestHandler = async (event) => {
  const pending = await pendingLogIn(event)
  const value = pending?.value ?? (await startLogIn(event, null))
  const options = await passkeyOptions(pending?.userId ?? null)
  await askPasskey(ports().db, value, options.challenge)
  return json(options)
}

/** The passkey's answer: opens the session, or is 401. */
export const PUT: RequestHandler = async (event) => {
  const value = event.cookies.get(pendingLogInCookieName)
  const pending = await pendingLogIn(event)
  const challenge = value === undefined ? null : await takeChallenge(ports().db, value)
  const answer: unknown = await event.request.json().catch(() => null)
  const userId = await usePasskey({ answer, challenge, expected: pending?.userId ?? null })
  if (userId === null) {
    if (pending) await refuseSecondFactor(event, pending.userId)
    return json({ problem: 'passkey' }, { status: 401 })
  }
  await openSession(event, userId, 'passkey')
  return json({ next: nextPath(event) })
}
