import { parsePlanContent, saveDraft } from '@bitewing/db'
import { error, json } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { RequestHandler } from './$types'

const Draft = z.object({ revision: z.int().min(1), content: z.unknown() })

/** What was typed into a draft, saved by itself. The answer says whether somebody else has written meanwhile. */
export const PUT: RequestHandler = async ({ locals, params, request }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'plans.draft')
  const { db, audit } = ports()
  const draft = Draft.safeParse(await request.json().catch(() => null))
  const content = draft.success ? parsePlanContent(draft.data.content) : null
  if (!draft.success || !content) error(400, 'not a plan')
  if (![params.id, params.versionId].every((id) => z.uuid().safeParse(id).success))
    return notHere(locals, session, 'version')
  await audit.access({
    ...auditOf(locals, session),
    kind: 'plan.changed',
    outcome: 'success',
    patientId: params.id,
    detail: { versionId: params.versionId },
  })
  const saved = await saveDraft(db, staffOf(locals, session), {
    patientId: params.id,
    versionId: params.versionId,
    revision: draft.data.revision,
    content,
  })
  if (saved.outcome === 'absent') return notHere(locals, session, 'version')
  if (saved.outcome === 'foreign-image') error(400, 'not a plan')
  return json(saved)
}
