import {
  findStudy,
  listVolumeDrawings,
  recordInTransaction,
  saveVolumeDrawing,
  withTenant,
} from '@bitewing/db'
import { error, json } from '@sveltejs/kit'
import { ports } from '#lib/server/compose.ts'
import { auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { VolumeDrawingForm } from '#lib/volume/drawing-form.ts'
import type { RequestHandler } from './$types'

/** What was drawn in a volume, so that open pages see what others draw. */
export const GET: RequestHandler = async ({ locals, params, url }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.read')
  const { db, audit } = ports()
  const which = {
    studyInstanceUid: params.uid,
    seriesInstanceUid: url.searchParams.get('series') ?? '',
  }
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const study = await findStudy(tx, params.uid)
    return study && { study, drawings: await listVolumeDrawings(tx, which) }
  })
  if (!found) return notHere(locals, session, 'volume drawings')
  const { study, drawings } = found
  await audit.access({
    ...auditOf(locals, session),
    kind: 'metadata.retrieved',
    outcome: 'success',
    patientId: study.patient?.id ?? null,
    studyId: study.id,
  })
  return json({ drawings })
}

/** Keeps one change; what somebody else has changed meanwhile is told with what is there now. */
export const POST: RequestHandler = async ({ locals, params, request }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.annotate')
  const { db } = ports()
  const form = VolumeDrawingForm.safeParse(await request.json().catch(() => null))
  if (!form.success) error(400, 'not a drawing')
  const change = { ...form.data, studyInstanceUid: params.uid }

  const saved = await withTenant(db, session.tenant.id, async (tx) => {
    const outcome = await saveVolumeDrawing(tx, session.tenant.id, change, session.userId)
    if (outcome.outcome === 'changed') {
      return { ...outcome, drawings: await listVolumeDrawings(tx, change) }
    }
    if (outcome.outcome === 'saved') {
      await recordInTransaction(tx, {
        ...auditOf(locals, session),
        kind: change.isDeleted ? 'annotation.deleted' : 'annotation.saved',
        outcome: 'success',
        studyId: outcome.studyId,
        detail: { annotationId: change.id, version: outcome.version, what: `volume ${change.kind}` },
      })
    }
    return outcome
  })
  if (saved.outcome === 'absent') return notHere(locals, session, 'volume drawing')
  if (saved.outcome === 'changed') return json({ outcome: 'changed', drawings: saved.drawings })
  return json({ outcome: 'saved', version: saved.version })
}
