import { listTracings, recordInTransaction, savePoint, withTenant } from '@bitewing/db'
import { error, json } from '@sveltejs/kit'
import { z } from 'zod'
import { PointForm } from '#lib/ceph/point-form.ts'
import { ports } from '#lib/server/compose.ts'
import { auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import type { RequestHandler } from './$types'

const Ids = z.object({ id: z.uuid(), tracingId: z.uuid() })

/** The points of a tracing, so that open pages see what others place. */
export const GET: RequestHandler = async ({ locals, params }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.read')
  const { db, audit } = ports()
  const ids = Ids.safeParse(params)
  const [tracing] = ids.success
    ? await withTenant(db, session.tenant.id, (tx) =>
        listTracings(tx, { patientId: ids.data.id, ids: [ids.data.tracingId] }),
      )
    : []
  if (!tracing || !ids.success) return notHere(locals, session, 'tracing')
  await audit.access({
    ...auditOf(locals, session),
    kind: 'patient.viewed',
    outcome: 'success',
    patientId: ids.data.id,
  })
  return json({ points: tracing.points })
}

/** Keeps one point. Answers 200 with what stands now where somebody else has changed it since. */
export const PUT: RequestHandler = async ({ locals, params, request }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.annotate')
  const { db } = ports()
  const form = PointForm.safeParse(await request.json().catch(() => null))
  if (!form.success) error(400, 'not a point')
  const change = form.data
  const ids = Ids.safeParse(params)
  if (!ids.success) return notHere(locals, session, 'tracing')
  const which = { id: ids.data.tracingId, patientId: ids.data.id }

  const answer = await withTenant(db, session.tenant.id, async (tx) => {
    const saved = await savePoint(tx, session.tenant.id, which, change, session.userId)
    if (saved.outcome === 'absent') return null
    if (saved.outcome === 'changed') {
      const [tracing] = await listTracings(tx, { patientId: which.patientId, ids: [which.id] })
      const theirs = tracing?.points.find(({ landmark }) => landmark === change.landmark) ?? null
      return { outcome: saved.outcome, theirs }
    }
    await recordInTransaction(tx, {
      ...auditOf(locals, session),
      kind: 'tracing.saved',
      outcome: 'success',
      patientId: which.patientId,
      studyId: saved.studyId,
      detail: { tracingId: which.id, landmark: change.landmark, what: change.state, version: saved.version },
    })
    return { outcome: saved.outcome, version: saved.version }
  })
  return answer ? json(answer) : notHere(locals, session, 'tracing')
}
