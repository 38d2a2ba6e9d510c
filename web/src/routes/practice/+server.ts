import { redirect } from '@sveltejs/kit'
import { ports } from '#lib/server/compose.ts'
import { auditOf, requireSession } from '#lib/server/session.ts'
import type { RequestHandler } from './$types'

/** Moves the session to another practice of the user. */
export const POST: RequestHandler = async ({ request, locals }) => {
  const session = requireSession(locals)
  const { sessions, audit } = ports()
  const wanted = (await request.formData()).get('practice')
  const mine = await sessions.memberships(session.userId)
  const practice = mine.find(({ tenantId }) => tenantId === wanted)
  if (practice && locals.sessionCookie) {
    // on record in the practice that is entered
    await audit.record({
      ...auditOf(locals, session),
      tenantId: practice.tenantId,
      kind: 'session.practice-switched',
      outcome: 'success',
    })
    await sessions.switchTenant(locals.sessionCookie, practice.tenantId)
  }
  redirect(303, '/')
}
