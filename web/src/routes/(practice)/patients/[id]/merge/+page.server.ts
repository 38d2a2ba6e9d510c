import { likelySame, mergePatients, mergePreview, readPatient, withTenant } from '@bitewing/db'
import { fail, redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { Actions, PageServerLoad } from './$types'

/** Two records side by side, and what goes from one into the other. */
export const load: PageServerLoad = async ({ locals, params, url }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'patients.merge')
  const { db, audit } = ports()
  const other = z.uuid().safeParse(url.searchParams.get('with'))
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    if (!patient) return null
    return {
      patient,
      others: (await likelySame(tx, [patient.id])).get(patient.id) ?? [],
      preview: other.success ? await mergePreview(tx, { keptId: patient.id, mergedId: other.data }) : null,
    }
  })
  if (!found || (other.success && !found.preview)) return notHere(locals, session, 'patient')
  for (const patientId of [found.patient.id, ...(found.preview ? [found.preview.merged.id] : [])])
    await audit.access({ ...auditOf(locals, session), kind: 'patient.viewed', outcome: 'success', patientId })
  return { ...found, now: new Date() }
}

const side = z.enum(['kept', 'merged']).default('kept')
const Merge = z.object({
  with: z.uuid(),
  seen: z.string().max(40),
  name: side,
  birthDate: side,
  sex: side,
  phone: side,
  email: side,
})

export const actions: Actions = {
  default: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'patients.merge')
    const form = Merge.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return notHere(locals, session, 'patient')
    const { with: mergedId, seen, ...choice } = form.data
    const merged = await mergePatients(ports().db, staffOf(locals, session), {
      keptId: params.id,
      mergedId,
      choice,
      seen,
    })
    if (merged.outcome === 'absent') return notHere(locals, session, 'patient')
    if (merged.outcome !== 'merged') return fail(409, { problem: merged.outcome })
    redirect(303, `/patients/${params.id}?merged=${merged.mergeId}`)
  },
}
