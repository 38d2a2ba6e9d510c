import {
  changeTracing,
  patientStudies,
  readPatient,
  recordInTransaction,
  startTracing,
  withTenant,
} from '@bitewing/db'
import { error, redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { comparisonImages } from '#lib/compare/comparison-images.ts'
import { ports } from '#lib/server/compose.ts'
import { readCephImage } from '#lib/server/read-ceph-image.ts'
import { readTraced } from '#lib/server/read-traced.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import type { Actions, PageServerLoad } from './$types'

const imagesPerStudyMax = 200

/** A patient's cephalograms and their tracings. `image`: one that somebody wants to trace, by its UID. */
export const load: PageServerLoad = async ({ locals, params, url, depends }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.read')
  depends('bitewing:studies')
  const { db, audit } = ports()

  const asked = url.searchParams.get('image')
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    if (!patient) return null
    const studies = await patientStudies(tx, patient.id, { imagesMax: imagesPerStudyMax })
    return {
      patient,
      // what is no cephalogram by its file may be one: whoever asks for it sees
      images: comparisonImages(studies).filter(
        ({ kind, sopInstanceUid }) => kind === 'cephalogram' || sopInstanceUid === asked,
      ),
      tracings: await readTraced(tx, { patientId: patient.id }),
    }
  })
  if (!found) return notHere(locals, session, 'tracing')

  await audit.access({
    ...auditOf(locals, session),
    kind: 'patient.viewed',
    outcome: 'success',
    patientId: found.patient.id,
  })
  const traced = found.tracings.find(({ sopInstanceUid }) => sopInstanceUid === asked)
  if (traced) redirect(303, `/patients/${found.patient.id}/ceph/${traced.id}`)
  return { ...found, asked, mayTrace: allowed(session, 'images.annotate') }
}

const NewTracing = z.object({ instance: z.uuid(), frame: z.coerce.number().int().min(1) })

export const actions: Actions = {
  /** Begins a tracing, and leads to it. */
  create: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'images.annotate')
    const { db } = ports()
    const form = NewTracing.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) error(400, 'not an image')
    const { instance: instanceId, frame } = form.data
    const made = await withTenant(db, session.tenant.id, async (tx) => {
      const patient = await readPatient(tx, params.id)
      if (!patient) return null
      const image = comparisonImages(
        await patientStudies(tx, patient.id, { imagesMax: imagesPerStudyMax }),
      ).find(({ id }) => id === instanceId)
      const ceph = image && (await readCephImage(tx, { ...image, frame }))
      if (!ceph) return null
      const { kind, columnMm } = ceph.calibration
      const which = { patientId: patient.id, instanceId, frame }
      const id = await startTracing(tx, session.tenant.id, which, { kind, columnMm }, session.userId)
      if (id === null) return null
      await recordInTransaction(tx, {
        ...auditOf(locals, session),
        kind: 'tracing.saved',
        outcome: 'success',
        patientId: patient.id,
        studyId: image.studyId,
        detail: { tracingId: id },
      })
      return { id, patientId: patient.id }
    })
    if (!made) return notHere(locals, session, 'tracing')
    redirect(303, `/patients/${made.patientId}/ceph/${made.id}`)
  },

  restore: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'images.annotate')
    const { db } = ports()
    const id = z.uuid().safeParse((await request.formData()).get('tracing'))
    const patientId = z.uuid().safeParse(params.id)
    const done =
      id.success &&
      patientId.success &&
      (await withTenant(db, session.tenant.id, async (tx) => {
        const which = { id: id.data, patientId: patientId.data }
        if (!(await changeTracing(tx, which, { removed: false }))) return false
        await recordInTransaction(tx, {
          ...auditOf(locals, session),
          kind: 'tracing.restored',
          outcome: 'success',
          patientId: patientId.data,
          detail: { tracingId: id.data },
        })
        return true
      }))
    if (!done) return notHere(locals, session, 'tracing')
    redirect(303, `/patients/${patientId.data}/ceph/${id.data}`)
  },
}
