import {
  createShare,
  likelySame,
  listAppointments,
  listMounts,
  mergedInto,
  noteOpened,
  patientCases,
  patientFindings,
  patientNotes,
  patientShares,
  patientStudies,
  practiceClock,
  readPatient,
  recordHistory,
  readPlanSettings,
  revokeShare,
  treatsPatient,
  withTenant,
  type StudySummary,
} from '@bitewing/db'
import { error, fail, redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { milestoneEntries } from '#lib/patients/milestone-entries.ts'
import { planEntries } from '#lib/patients/plan-entries.ts'
import { ports } from '#lib/server/compose.ts'
import { patientActions } from '#lib/server/patient-actions.ts'
import { qrPath } from '#lib/server/qr-path.ts'
import { readTraced } from '#lib/server/read-traced.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { withoutPictures } from '#lib/server/without-pictures.ts'
import { shareDays } from '#lib/share-days.ts'
import type { Actions, PageServerLoad } from './$types'

const imagesPerStudyMax = 60

export const load: PageServerLoad = async ({ locals, params, depends }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'patients.read')
  depends('bitewing:studies')
  depends('bitewing:patients')
  const { db, audit } = ports()
  const lists = allowed(session, 'images.list')
  const seesImages = allowed(session, 'images.read')
  const shares = allowed(session, 'share.create')

  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    if (!patient) return mergedInto(tx, params.id)
    const studies: StudySummary[] = lists
      ? await patientStudies(tx, patient.id, { imagesMax: imagesPerStudyMax })
      : []
    const clock = await practiceClock(tx)
    const cases = allowed(session, 'plans.read') ? await patientCases(tx, patient.id) : []
    const { notation } = await readPlanSettings(tx)
    await noteOpened(tx, {
      tenantId: session.tenant.id,
      userId: session.userId,
      patientId: patient.id,
      sawImages: seesImages,
    })
    return {
      patient,
      studies: seesImages ? studies : withoutPictures(studies),
      clock,
      records: seesImages
        ? (await listMounts(tx, { patientId: patient.id }))
            .filter(({ template }) => template === 'orthodontic-records')
            .reverse()
        : [],
      others: (await likelySame(tx, [patient.id])).get(patient.id) ?? [],
      history: await recordHistory(tx, patient.id),
      notes: await patientNotes(tx, patient.id),
      readsTrail:
        allowed(session, 'audit.read') ||
        (allowed(session, 'audit.read-own') &&
          (await treatsPatient(tx, { userId: session.userId, patientId: patient.id }))),
      appointments: allowed(session, 'appointments.read')
        ? await listAppointments(tx, clock.timeZone, { patientId: patient.id })
        : null,
      shares: shares ? await patientShares(tx, patient.id) : [],
      plans: planEntries(cases, clock.timeZone).map((entry) =>
        seesImages ? entry : { ...entry, images: [] },
      ),
      milestones: milestoneEntries(cases),
      notation,
      teeth: allowed(session, 'teeth.read')
        ? {
            findings: (await patientFindings(tx, patient.id)).filter(({ ended }) => ended === null),
            notation,
          }
        : null,
      tracings: seesImages ? await readTraced(tx, { patientId: patient.id }) : [],
    }
  })
  // their record has gone into another one of theirs
  if (typeof found === 'string') redirect(303, `/patients/${found}`)
  if (!found) return notHere(locals, session, 'patient')

  await audit.access({
    ...auditOf(locals, session),
    kind: 'patient.viewed',
    outcome: 'success',
    patientId: found.patient.id,
  })
  return { ...found, seesImages, now: new Date() }
}

const ShareForm = z.object({
  study: z.uuid(),
  recipient: z.string().trim().min(1).max(200),
  days: z.coerce.number().refine((days) => shareDays.some((each) => each === days)),
})

export const actions: Actions = {
  ...patientActions,

  share: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'share.create')
    const { db, environment } = ports()
    const fields = Object.fromEntries(await request.formData())
    const form = ShareForm.safeParse(fields)
    if (!form.success) {
      const bad = new Set(form.error.issues.map(({ path }) => path[0]))
      if (bad.has('study')) error(404, 'not found')
      return fail(400, {
        share: {
          problem: bad.has('recipient') ? ('recipient' as const) : ('expiry' as const),
          recipient: typeof fields['recipient'] === 'string' ? fields['recipient'].slice(0, 200) : '',
        },
      })
    }
    const { study: studyId, recipient, days } = form.data
    const study = await withTenant(db, session.tenant.id, async (tx) =>
      (await patientStudies(tx, params.id, { imagesMax: 0 })).find(({ id }) => id === studyId),
    )
    const made =
      study &&
      (await createShare(
        db,
        {
          tenantId: session.tenant.id,
          studyInstanceUid: study.studyInstanceUid,
          recipient,
          expiresAt: new Date(Date.now() + days * 86_400_000),
          createdBy: session.userId,
        },
        ({ shareId, ...which }) => ({
          ...auditOf(locals, session),
          kind: 'share.created',
          outcome: 'success',
          ...which,
          detail: { shareId, days },
        }),
      ))
    if (!made) return notHere(locals, session, 'share')
    const link = `${environment.publicUrl}/share/${made.token}`
    return { share: { made: { studyId, link, recipient, qr: qrPath(link) } } }
  },

  revoke: async ({ request, locals }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'share.create')
    const { db } = ports()
    const form = z.uuid().safeParse((await request.formData()).get('share'))
    if (!form.success) return notHere(locals, session, 'share')
    const shareId = form.data
    const revoked = await revokeShare(db, { tenantId: session.tenant.id, shareId }, ({ studyId }) => ({
      ...auditOf(locals, session),
      kind: 'share.revoked',
      outcome: 'success',
      studyId,
      detail: { shareId },
    }))
    if (!revoked) return notHere(locals, session, 'share')
    return { revoked: shareId }
  },
}
