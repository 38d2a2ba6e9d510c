import {
  modelUnits,
  patientModels,
  readPatient,
  recordInTransaction,
  saveModelScale,
  withTenant,
} from '@bitewing/db'
import { fail } from '@sveltejs/kit'
import { z } from 'zod'
import { viewedModels } from '#lib/models/viewed-model.ts'
import { ports } from '#lib/server/compose.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import type { Actions, PageServerLoad } from './$types'

/** A patient's digital models of every visit; `?study=` and `&with=` name those that are shown. */
export const load: PageServerLoad = async ({ locals, params, url }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.read')
  const { db, audit } = ports()
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    return patient && { patient, models: viewedModels(await patientModels(tx, patient.id)) }
  })
  if (!found) return notHere(locals, session, 'models')
  const { patient, models } = found

  const opened = await audit.access({
    ...auditOf(locals, session),
    kind: 'metadata.retrieved',
    outcome: 'success',
    patientId: patient.id,
  })
  opened.count({ instances: models.length })
  return {
    patient: {
      id: patient.id,
      familyName: patient.familyName,
      givenName: patient.givenName,
      birthDate: patient.birthDate,
    },
    models,
    mayAnnotate: allowed(session, 'images.annotate'),
    wanted: [url.searchParams.get('study'), url.searchParams.get('with')],
  }
}

const ScaleForm = z.object({ model: z.uuid(), unit: z.enum([...modelUnits, '']) })

export const actions: Actions = {
  /** What somebody says of a model's unit; an empty one takes it back. */
  scale: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'images.annotate')
    const { db } = ports()
    const form = ScaleForm.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { problem: 'unit' })
    const { model: instanceId, unit } = form.data

    const studyId = await withTenant(db, session.tenant.id, async (tx) => {
      const which = { instanceId, patientId: params.id }
      const study = await saveModelScale(
        tx,
        session.tenant.id,
        which,
        unit === '' ? null : unit,
        session.userId,
      )
      if (study !== null) {
        await recordInTransaction(tx, {
          ...auditOf(locals, session),
          kind: 'annotation.saved',
          outcome: 'success',
          patientId: params.id,
          studyId: study,
          detail: { instanceId, what: 'model unit', unit: unit === '' ? 'none' : unit },
        })
      }
      return study
    })
    if (studyId === null) return notHere(locals, session, 'model')
    return { said: true }
  },
}
