import {
  createCase,
  patientCases,
  patientFindings,
  patientStudies,
  readPatient,
  readPlanSettings,
  withTenant,
} from '@bitewing/db'
import { redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { newestVersion } from '#lib/plans/newest-version.ts'
import { ports } from '#lib/server/compose.ts'
import { deviceOwner } from '#lib/server/device-owner.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import { findingText } from '#lib/teeth/finding-text.ts'
import type { Actions, PageServerLoad } from './$types'

const imagesPerStudyMax = 60

/** A patient's teeth: what was found on them, what is planned and done, and the images that show them. */
export const load: PageServerLoad = async ({ locals, params }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'teeth.read')
  const { db, audit } = ports()
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    if (!patient) return null
    return {
      patient,
      findings: await patientFindings(tx, patient.id),
      cases: await patientCases(tx, patient.id),
      settings: await readPlanSettings(tx),
      studies: await patientStudies(tx, patient.id, { imagesMax: imagesPerStudyMax }),
    }
  })
  if (!found) return notHere(locals, session, 'patient')
  await audit.access({
    ...auditOf(locals, session),
    kind: 'teeth.viewed',
    outcome: 'success',
    patientId: found.patient.id,
  })
  return {
    ...found,
    mayWrite: allowed(session, 'teeth.write'),
    mayPlan: allowed(session, 'plans.draft'),
    owner: deviceOwner(session),
    now: new Date(),
  }
}

export const actions: Actions = {
  /** To the newest draft of a plan, or to a new one, with the finding's tooth chosen. */
  plan: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'plans.draft')
    const findingId = z.uuid().safeParse((await request.formData()).get('finding'))
    const { db } = ports()
    const found = findingId.success
      ? await withTenant(db, session.tenant.id, async (tx) => {
          const finding = (await patientFindings(tx, params.id)).find(({ id }) => id === findingId.data)
          return (
            finding && {
              finding,
              cases: await patientCases(tx, params.id),
              settings: await readPlanSettings(tx),
            }
          )
        })
      : undefined
    if (!found) return notHere(locals, session, 'finding')
    const { finding, cases, settings } = found
    const draft = cases
      .flatMap(({ id, plans }) => plans.map((plan) => ({ caseId: id, version: newestVersion(plan) })))
      .find(({ version }) => version?.state === 'draft')
    const folder = `/patients/${params.id}/plans`
    if (draft?.version)
      redirect(303, `${folder}/${draft.caseId}?version=${draft.version.id}&finding=${finding.id}`)
    const title = findingText(finding, settings.notation, locals.locale)
    const made = await createCase(db, staffOf(locals, session), { patientId: params.id, title })
    if (!made) return notHere(locals, session, 'patient')
    redirect(303, `${folder}/${made.caseId}?version=${made.versionId}&finding=${finding.id}`)
  },
}
