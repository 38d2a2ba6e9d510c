import { acceptInvitation, findInvitation, logIn, passwordLengthMax, passwordProblem } from '@bitewing/db'
import { error, fail } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { passwordWasRight } from '#lib/server/log-in-steps.ts'
import type { Actions, PageServerLoad } from './$types'

/** Before the form is sent nothing is used up: scanners of mail may look. */
export const load: PageServerLoad = async ({ params }) => {
  const invitation = await findInvitation(ports().db, params.token)
  if (!invitation) error(404, 'link ended')
  const { tenantName, email, role, purpose, userId } = invitation
  return { practice: tenantName, email, role, purpose, hasAccount: userId !== null }
}

const AccountForm = z.object({
  name: z.string().trim().max(120).default(''),
  password: z.string().min(1).max(passwordLengthMax),
})

export const actions: Actions = {
  default: async (event) => {
    const { params, locals, request } = event
    const { db, audit } = ports()
    const invitation = await findInvitation(db, params.token)
    if (!invitation) error(404, 'link ended')
    const { email, purpose, tenantName } = invitation
    const fields = Object.fromEntries(await request.formData())
    const name = typeof fields['name'] === 'string' ? fields['name'].slice(0, 120) : ''
    const form = AccountForm.safeParse(fields)
    if (!form.success) return fail(400, { name, problem: 'short' as const, until: null })
    const { password } = form.data

    const joins = purpose === 'join' && invitation.userId !== null
    if (joins) {
      // their account is theirs: the link alone does not speak for it
      const result = await logIn(db, { email, password, address: locals.address })
      if (result.outcome === 'locked')
        return fail(429, { name, problem: 'locked' as const, until: result.until.toISOString() })
      if (result.outcome === 'wrong') return fail(401, { name, problem: 'wrong' as const, until: null })
    } else {
      if (purpose === 'join' && form.data.name === '')
        return fail(400, { name, problem: 'name' as const, until: null })
      const problem = passwordProblem(password, [email, form.data.name, tenantName])
      if (problem) return fail(400, { name, problem, until: null })
    }
    const account = joins ? null : { name: form.data.name, password, locale: locals.locale }
    const accepted = await acceptInvitation(db, params.token, account)
    if (!accepted) error(404, 'link ended')
    await audit.record({
      tenantId: accepted.tenantId,
      sessionId: null,
      address: locals.address,
      kind: purpose === 'join' ? 'settings.changed' : 'account.changed',
      outcome: 'success',
      actor: { kind: 'user', id: accepted.userId },
      detail: {
        what: purpose === 'join' ? 'invitation accepted' : 'password renewed',
        invitationId: invitation.id,
      },
    })
    return passwordWasRight(event, accepted.userId)
  },
}
