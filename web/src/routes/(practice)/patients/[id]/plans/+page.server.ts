import {
  contentOfTemplate,
  createCase,
  listPlanTemplates,
  patientCases,
  patientFindings,
  patientStudies,
  readPatient,
  readPlanSettings,
  removeCase,
  withTenant,
} from '@bitewing/db'
import { fail, redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { Actions, PageServerLoad } from './$types'

const imagesPerStudyMax = 60

/** A patient's teeth and what is planned for them. */
export const load: PageServerLoad = async ({ locals, params }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'plans.read')
  const { db, audit } = ports()
  const mayDraft = allowed(session, 'plans.draft')
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    if (!patient) return null
    return {
      patient,
      cases: await patientCases(tx, patient.id),
      settings: await readPlanSettings(tx),
      templates: mayDraft ? (await listPlanTemplates(tx)).map(({ id, name }) => ({ id, name })) : [],
      findings: allowed(session, 'teeth.read') ? await patientFindings(tx, patient.id) : null,
      studies: allowed(session, 'images.read')
        ? await patientStudies(tx, patient.id, { imagesMax: imagesPerStudyMax })
        : [],
    }
  })
  if (!found) return notHere(locals, session, 'patient')
  await audit.access({
    ...auditOf(locals, session),
    kind: 'plan.viewed',
    outcome: 'success',
    patientId: found.patient.id,
  })
  return { ...found, mayDraft, now: new Date() }
}

const NewCase = z.object({
  title: z.string().trim().max(200),
  /** our id of the plan's beginning; empty: an empty plan */
  template: z.union([z.uuid(), z.literal('')]).default(''),
})

export const actions: Actions = {
  create: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'plans.draft')
    const { db } = ports()
    const form = NewCase.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { problem: 'title' as const })
    const { title, template } = form.data
    const content =
      template === ''
        ? undefined
        : await withTenant(db, session.tenant.id, (tx) => contentOfTemplate(tx, template))
    if (content === null) return notHere(locals, session, 'plan template')
    const made = await createCase(db, staffOf(locals, session), {
      patientId: params.id,
      title,
      ...(content && { content }),
    })
    if (!made) return notHere(locals, session, 'patient')
    redirect(303, `/patients/${params.id}/plans/${made.caseId}`)
  },

  restore: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'plans.draft')
    const caseId = z.uuid().safeParse((await request.formData()).get('case'))
    const restored =
      caseId.success &&
      (await removeCase(ports().db, staffOf(locals, session), {
        patientId: params.id,
        caseId: caseId.data,
        removed: false,
      }))
    if (!restored) return notHere(locals, session, 'case')
    redirect(303, `/patients/${params.id}/plans/${caseId.data}`)
  },
}
