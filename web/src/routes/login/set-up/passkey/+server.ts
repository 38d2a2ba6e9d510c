import { askPasskey, newRecoveryCodes, takeChallenge } from '@bitewing/db'
import { json } from '@sveltejs/kit'
import { ports } from '#lib/server/compose.ts'
import { agentName } from '#lib/server/agent-name.ts'
import { openSession, pendingWithoutSecondFactor } from '#lib/server/log-in-steps.ts'
import { keepNewPasskey, newPasskeyOptions } from '#lib/server/passkeys.ts'
import { auditOf } from '#lib/server/session.ts'
import type { RequestHandler } from './$types'

/** What the browser is to ask in order to make the first passkey of somebody who must have a second factor. */
export const POST: RequestHandler = async (event) => {
  const pending = await pendingWithoutSecondFactor(event)
  if (!pending) return json({ problem: 'over' }, { status: 403 })
  const options = await newPasskeyOptions(pending)
  await askPasskey(ports().db, pending.value, options.challenge)
  return json(options)
}

/** The new passkey: kept, and the session opens. */
export const PUT: RequestHandler = async (event) => {
  const pending = await pendingWithoutSecondFactor(event)
  if (!pending) return json({ problem: 'over' }, { status: 403 })
  const { db, audit } = ports()
  const answer: unknown = await event.request.json().catch(() => null)
  const challenge = await takeChallenge(db, pending.value)
  const name = agentName(event.request.headers.get('user-agent')) || 'Passkey'
  if (!(await keepNewPasskey(pending.userId, { answer, challenge, name }))) {
    return json({ problem: 'passkey' }, { status: 400 })
  }
  const codes = await newRecoveryCodes(db, pending.userId)
  await openSession(event, pending.userId, 'passkey')
  const { locals } = event
  if (locals.session) {
    await audit.record({
      ...auditOf(locals, locals.session),
      kind: 'account.changed',
      outcome: 'success',
      detail: { what: 'passkey added' },
    })
  }
  return json({ codes })
}
