import {
  askNewPasskey,
  hasSecondFactor,
  isLatelyConfirmed,
  newRecoveryCodes,
  readSecondFactors,
  takeNewPasskeyChallenge,
} from '@bitewing/db'
import { error, json } from '@sveltejs/kit'
import { agentName } from '#lib/server/agent-name.ts'
import { ports } from '#lib/server/compose.ts'
import { keepNewPasskey, newPasskeyOptions } from '#lib/server/passkeys.ts'
import { auditOf, requireSession } from '#lib/server/session.ts'
import type { RequestHandler } from './$types'

/** What the browser is to ask in order to make a passkey for who is logged in. */
export const POST: RequestHandler = async ({ locals }) => {
  const session = requireSession(locals)
  const { db } = ports()
  const sessionId = locals.sessionCookie ?? ''
  if (!(await isLatelyConfirmed(db, sessionId))) error(403, 'password needed')
  const options = await newPasskeyOptions(session)
  await askNewPasskey(db, { sessionId, userId: session.userId, challenge: options.challenge })
  return json(options)
}

/** The new passkey, to be kept; with recovery codes where it is the first second factor. */
export const PUT: RequestHandler = async ({ locals, request }) => {
  const session = requireSession(locals)
  const { db, audit } = ports()
  const sessionId = locals.sessionCookie ?? ''
  if (!(await isLatelyConfirmed(db, sessionId))) error(403, 'password needed')
  const { userId } = session
  const before = await readSecondFactors(db, userId)
  const answer: unknown = await request.json().catch(() => null)
  const challenge = await takeNewPasskeyChallenge(db, sessionId)
  const name = agentName(request.headers.get('user-agent')) || 'Passkey'
  if (!(await keepNewPasskey(userId, { answer, challenge, name }))) {
    return json({ problem: 'passkey' }, { status: 400 })
  }
  await audit.record({
    ...auditOf(locals, session),
    kind: 'account.changed',
    outcome: 'success',
    detail: { what: 'passkey added' },
  })
  return json({ codes: hasSecondFactor(before) ? null : await newRecoveryCodes(db, userId) })
}
