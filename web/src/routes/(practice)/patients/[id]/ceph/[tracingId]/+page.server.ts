import {
  changeTracing,
  listTracings,
  readPatient,
  recordInTransaction,
  withTenant,
  type Transaction,
} from '@bitewing/db'
import { redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { deviceOwner } from '#lib/server/device-owner.ts'
import { readCephImage } from '#lib/server/read-ceph-image.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals, params }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.read')
  const { db, audit } = ports()

  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    const traced = patient && (await readTracing(tx, params))
    return traced ? { patient, ...traced } : null
  })
  if (!found) return notHere(locals, session, 'tracing')

  await audit.access({
    ...auditOf(locals, session),
    kind: 'patient.viewed',
    outcome: 'success',
    patientId: found.patient.id,
  })
  return {
    ...found,
    mayTrace: allowed(session, 'images.annotate'),
    owner: deviceOwner(session),
  }
}

type ActionEvent = Parameters<Actions[string]>[0]

export const actions: Actions = {
  remove: async ({ locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'images.annotate')
    const { db } = ports()
    const which = idsOf(params)
    const done =
      which &&
      (await withTenant(db, session.tenant.id, async (tx) => {
        if (!(await changeTracing(tx, which, { removed: true }))) return false
        await recordInTransaction(tx, {
          ...auditOf(locals, session),
          kind: 'tracing.removed',
          outcome: 'success',
          patientId: which.patientId,
          detail: { tracingId: which.id },
        })
        return true
      }))
    if (!done) return notHere(locals, session, 'tracing')
    redirect(303, `/patients/${which.patientId}/ceph?removed=${which.id}`)
  },

  /** Somebody has seen what millimetres are on the image now: nobody is warned of it again. */
  seen: async ({ locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'images.annotate')
    const { db } = ports()
    const which = idsOf(params)
    const seen =
      which &&
      (await withTenant(db, session.tenant.id, async (tx) => {
        const traced = await readTracing(tx, params)
        if (!traced) return false
        const { kind, columnMm } = traced.image.calibration
        if (!(await changeTracing(tx, which, { calibration: { kind, columnMm } }))) return false
        await recordInTransaction(tx, {
          ...auditOf(locals, session),
          kind: 'tracing.saved',
          outcome: 'success',
          patientId: which.patientId,
          detail: { tracingId: which.id, what: 'calibration seen' },
        })
        return true
      }))
    if (!seen) return notHere(locals, session, 'tracing')
    return { seen: true }
  },

  /** Told before a picture or print of it is made, since that leaves the practice's system. */
  export: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'images.read')
    const { db, audit } = ports()
    const what = z.enum(['picture', 'print']).safeParse((await request.formData()).get('what'))
    const which = idsOf(params)
    const traced = which && (await withTenant(db, session.tenant.id, (tx) => readTracing(tx, params)))
    if (!traced || !what.success) return notHere(locals, session, 'tracing')
    await audit.record({
      ...auditOf(locals, session),
      kind: 'tracing.exported',
      outcome: 'success',
      patientId: which.patientId,
      detail: { tracingId: which.id, what: what.data },
    })
    return { exported: what.data }
  },
}

async function readTracing(tx: Transaction, params: ActionEvent['params']) {
  const which = idsOf(params)
  if (!which) return null
  const [tracing] = await listTracings(tx, { patientId: which.patientId, ids: [which.id] })
  const image = tracing && (await readCephImage(tx, tracing))
  return image ? { tracing, image } : null
}

/** Parameters that are no UUIDs name nothing. */
function idsOf(params: ActionEvent['params']): { id: string; patientId: string } | null {
  const ids = z.object({ id: z.uuid(), tracingId: z.uuid() }).safeParse(params)
  return ids.success ? { id: ids.data.tracingId, patientId: ids.data.id } : null
}
