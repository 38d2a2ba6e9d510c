import { redirect } from '@sveltejs/kit'
import { ports } from '#lib/server/compose.ts'
import { auditOf, requireSession } from '#lib/server/session.ts'
import type { RequestHandler } from './$types'

export const POST: RequestHandler = async ({ locals, cookies }) => {
  const session = requireSession(locals)
  const { sessions, audit } = ports()
  await audit.record({ ...auditOf(locals, session), kind: 'session.closed', outcome: 'success' })
  if (locals.sessionCookie) {
    const { cookie } = await sessions.close(locals.sessionCookie)
    cookies.set(cookie.name, cookie.value, { ...cookie.attributes, path: '/' })
  }
  redirect(303, '/login')
}
