import {
  listModelDistances,
  modelUnits,
  patientModels,
  readPatient,
  recordInTransaction,
  saveModelDistance,
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
    if (!patient) return null
    return {
      patient,
      models: viewedModels(await patientModels(tx, patient.id)),
      measured: await listModelDistances(tx, patient.id),
    }
  })
  if (!found) return notHere(locals, session, 'models')
  const { patient, models, measured } = found

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
    measured,
    mayAnnotate: allowed(session, 'images.annotate'),
    wanted: [url.searchParams.get('study'), url.searchParams.get('with')],
  }
}

const ScaleForm = z.object({ model: z.uuid(), unit: z.enum([...modelUnits, '']) })

const coordinate = z.number().min(-1e6).max(1e6)
const place = z.object({ instanceId: z.uuid(), at: z.tuple([coordinate, coordinate, coordinate]) })
const DistanceForm = z.object({ id: z.uuid(), from: place, to: place, isDeleted: z.boolean() })

export const actions: Actions = {
  /** Keeps a distance that somebody measured, or takes it away, or brings it back. */
  measure: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'images.annotate')
    const { db } = ports()
    const form = DistanceForm.safeParse(distanceOf(await request.formData()))
    if (!form.success) return fail(400, { problem: 'distance' })
    const studyId = await withTenant(db, session.tenant.id, async (tx) => {
      const study = await saveModelDistance(tx, session.tenant.id, params.id, form.data, session.userId)
      if (study !== null)
        await recordInTransaction(tx, {
          ...auditOf(locals, session),
          kind: form.data.isDeleted ? 'annotation.deleted' : 'annotation.saved',
          outcome: 'success',
          patientId: params.id,
          studyId: study,
          detail: { annotationId: form.data.id, what: 'model distance' },
        })
      return study
    })
    if (studyId === null) return notHere(locals, session, 'model')
    return { kept: true }
  },

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

function distanceOf(fields: FormData): unknown {
  const text = z.string().safeParse(fields.get('distance'))
  try {
    return JSON.parse(text.data ?? 'null')
  } catch {
    return null
  }
}
