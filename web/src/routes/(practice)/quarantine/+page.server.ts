import { assignQuarantine, listPractices, listQuarantine } from '@bitewing/db'
import { error, fail } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { auditOf, requireAction, requireSession } from '#lib/server/session.ts'
import type { Actions, PageServerLoad } from './$types'

/** For operators: who sends what to nobody. Titles, addresses, counts and bytes; never patient data. */
export const load: PageServerLoad = async ({ locals }) => {
  const session = requireSession(locals)
  await requireAction(locals, session, 'quarantine.manage')
  const { db, audit } = ports()
  await audit.access({
    ...auditOf(locals, session),
    tenantId: null,
    kind: 'quarantine.viewed',
    outcome: 'success',
  })
  const [groups, everyPractice] = await Promise.all([listQuarantine(db), listPractices(db)])
  return { groups, everyPractice: everyPractice.map(({ id, name }) => ({ id, name })) }
}

const AssignForm = z.object({
  calledAeTitle: z.string().max(64),
  callingAeTitle: z.string().max(64),
  remoteAddress: z.string().max(64),
  practice: z.uuid(),
})

export const actions: Actions = {
  assign: async ({ request, locals }) => {
    const session = requireSession(locals)
    await requireAction(locals, session, 'quarantine.manage')
    const { db } = ports()
    const form = AssignForm.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { problem: 'practice' as const })

    const { practice, ...group } = form.data
    const practices = await listPractices(db)
    if (!practices.some(({ id }) => id === practice)) error(404, 'not found')
    const { actor, sessionId = null, address = null } = auditOf(locals, session)
    return { assigned: await assignQuarantine(db, group, practice, { actor, sessionId, address }) }
  },
}
