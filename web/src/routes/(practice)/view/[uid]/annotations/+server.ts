import {
  findStudy,
  listAnnotations,
  measureAgain,
  recordInTransaction,
  saveAnnotation,
  studyInstances,
  withTenant,
} from '@bitewing/db'
import { error, json } from '@sveltejs/kit'
import { ports } from '#lib/server/compose.ts'
import { auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { AnnotationForm } from '#lib/viewer/annotation-form.ts'
import { calibrationOf } from '#lib/viewer/calibration.ts'
import { parseDataSet } from '#lib/viewer/data-set.ts'
import { imageAttributes } from '#lib/viewer/image-attributes.ts'
import { knownLength } from '#lib/viewer/known-length.ts'
import { measure } from '#lib/viewer/measure.ts'
import type { RequestHandler } from './$types'

/** What was drawn on a study's images, so that open viewers see what others draw. */
export const GET: RequestHandler = async ({ locals, params }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.read')
  const { db, audit } = ports()
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const study = await findStudy(tx, params.uid)
    return study && { study, annotations: await listAnnotations(tx, params.uid) }
  })
  if (!found) return notHere(locals, session, 'annotations')
  const { study, annotations } = found
  await audit.access({
    ...auditOf(locals, session),
    kind: 'metadata.retrieved',
    outcome: 'success',
    patientId: study.patient?.id ?? null,
    studyId: study.id,
  })
  return json({ annotations })
}

/** Keeps one change. Figures are measured here, by the image as it is kept, never taken from the browser. */
export const POST: RequestHandler = async ({ locals, params, request }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.annotate')
  const { db } = ports()
  const form = AnnotationForm.safeParse(await request.json().catch(() => null))
  if (!form.success) error(400, 'not an annotation')
  const change = { ...form.data, studyInstanceUid: params.uid }
  const { sopInstanceUid, frame } = change

  const saved = await withTenant(db, session.tenant.id, async (tx) => {
    const image = (await studyInstances(tx, params.uid, sopInstanceUid))[0]
    if (!image) return null
    const spacing = imageAttributes(parseDataSet(image.metadata), image.sopClassUid).spacing
    const onFrame = (await listAnnotations(tx, params.uid)).filter(
      (each) => each.sopInstanceUid === sopInstanceUid && each.frame === frame,
    )
    const others = onFrame.filter(({ id }) => id !== change.id)
    const counted = change.kind === 'calibration' && !change.isDeleted ? [...others, change] : others
    const measured = measure(change.kind, change.points, calibrationOf(spacing, knownLength(counted)))
    const outcome = await saveAnnotation(tx, session.tenant.id, change, measured, session.userId)
    if (outcome.outcome === 'absent') return null
    if (change.kind === 'calibration') {
      await measureAgain(tx, { sopInstanceUid, frame }, ({ kind, points }, all) =>
        measure(kind, points, calibrationOf(spacing, knownLength(all))),
      )
    }
    if (outcome.outcome !== 'changed') {
      await recordInTransaction(tx, {
        ...auditOf(locals, session),
        kind: change.isDeleted ? 'annotation.deleted' : 'annotation.saved',
        outcome: 'success',
        studyId: outcome.studyId,
        detail: { annotationId: outcome.id, version: outcome.version, what: change.kind },
      })
    }
    return outcome
  })
  if (!saved) return notHere(locals, session, 'annotation')
  return json({ outcome: saved.outcome, id: saved.id, version: saved.version })
}
