import { patientCases, startVersion, withTenant } from '@bitewing/db'
import { json } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { RequestHandler } from './$types'

const Wanted = z.object({ planId: z.uuid() })

/** A draft to go on with, for what was typed while the version was presented. */
export const POST: RequestHandler = async ({ locals, params, request }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'plans.draft')
  const { db } = ports()
  const wanted = Wanted.safeParse(await request.json().catch(() => null))
  const started =
    wanted.success &&
    (await startVersion(db, staffOf(locals, session), { patientId: params.id, planId: wanted.data.planId }))
  if (!started) return notHere(locals, session, 'plan')
  const [treatmentCase] = await withTenant(db, session.tenant.id, (tx) =>
    patientCases(tx, params.id, { caseId: params.caseId }),
  )
  const version = treatmentCase?.plans
    .flatMap(({ versions }) => versions)
    .find(({ id }) => id === started.versionId)
  if (!version) return notHere(locals, session, 'version')
  return json({ versionId: version.id, revision: version.revision, content: version.content })
}
