import { readPatient, withTenant } from '@bitewing/db'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { readTraced } from '#lib/server/read-traced.ts'
import { auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import type { Actions, PageServerLoad } from './$types'

/** Two tracings of a patient, laid on each other: `first` and `second`, else the earliest and the latest. */
export const load: PageServerLoad = async ({ locals, params, url }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.read')
  const { db, audit } = ports()
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    return patient && { patient, tracings: await readTraced(tx, { patientId: patient.id }) }
  })
  if (!found) return notHere(locals, session, 'tracing')
  const { patient, tracings } = found
  const named = (which: string) => {
    const id = url.searchParams.get(which)
    return id === null ? null : tracings.find((each) => each.id === id)
  }
  const [first, second] = [named('first'), named('second')]
  // what is said to be there is not: the link is old, or of somebody else's
  if (first === undefined || second === undefined) return notHere(locals, session, 'tracing')

  await audit.access({
    ...auditOf(locals, session),
    kind: 'patient.viewed',
    outcome: 'success',
    patientId: patient.id,
  })
  const later = second ?? tracings.find((each) => each !== first) ?? null
  const earlier = first ?? tracings.findLast((each) => each !== later) ?? null
  return { patient, tracings, first: earlier, second: later }
}

export const actions: Actions = {
  /** Told before a picture or print of it is made, since that leaves the practice's system. */
  export: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'images.read')
    const { db, audit } = ports()
    const form = z
      .object({ what: z.enum(['picture', 'print']), first: z.uuid(), second: z.uuid() })
      .safeParse(Object.fromEntries(await request.formData()))
    const patient = await withTenant(db, session.tenant.id, (tx) => readPatient(tx, params.id))
    if (!patient || !form.success) return notHere(locals, session, 'tracing')
    const { what, first, second } = form.data
    const held = await withTenant(db, session.tenant.id, (tx) =>
      readTraced(tx, { patientId: patient.id, ids: [first, second] }),
    )
    if (held.length < 2) return notHere(locals, session, 'tracing')
    await audit.record({
      ...auditOf(locals, session),
      kind: 'tracing.exported',
      outcome: 'success',
      patientId: patient.id,
      detail: { tracingId: first, laidOnIt: second, what },
    })
    return { exported: what }
  },
}
