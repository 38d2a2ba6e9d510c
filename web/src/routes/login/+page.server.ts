import { logIn } from '@bitewing/db'
import { fail, redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { localPath } from '#lib/server/local-path.ts'
import { passwordWasRight } from '#lib/server/log-in-steps.ts'
import type { Actions, PageServerLoad } from './$types'

const LogInForm = z.object({
  email: z.string().trim().min(1).max(254),
  password: z.string().min(1).max(1024),
})

export const load: PageServerLoad = ({ locals, url }) => {
  if (locals.session) redirect(303, localPath(url.searchParams.get('next')))
}

export const actions: Actions = {
  default: async (event) => {
    const { request, locals } = event
    const { db, audit } = ports()
    const fields = Object.fromEntries(await request.formData())
    const email = typeof fields['email'] === 'string' ? fields['email'].slice(0, 254) : ''
    const form = LogInForm.safeParse(fields)
    if (!form.success) return fail(400, { email, problem: 'incomplete' as const, until: null })

    const from = { tenantId: null, address: locals.address, sessionId: null }
    const result = await logIn(db, { ...form.data, address: locals.address })
    if (result.outcome !== 'success') {
      await audit.record({
        ...from,
        kind: result.outcome === 'locked' ? 'session.locked' : 'session.refused',
        outcome: 'denied',
        actor: { kind: 'anonymous', id: null },
      })
      return result.outcome === 'locked'
        ? fail(429, { email, problem: 'locked' as const, until: result.until.toISOString() })
        : fail(401, { email, problem: 'wrong' as const, until: null })
    }

    return passwordWasRight(event, result.userId)
  },
}
