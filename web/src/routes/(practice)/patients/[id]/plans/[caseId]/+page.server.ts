import {
  addAlternative,
  addPlanTemplate,
  declineVersion,
  listProcedures,
  listProviders,
  patientCases,
  patientFindings,
  patientStudies,
  planImages,
  practiceClock,
  presentVersion,
  readPatient,
  readPlanSettings,
  removeCase,
  renameCase,
  setItemState,
  setMilestone,
  startCatalogue,
  startVersion,
  verifySignature,
  withTenant,
  type PlanImage,
  type TreatmentCase,
} from '@bitewing/db'
import { itemStates, planItems, type PlanContent } from '@bitewing/db/plan-rules'
import { fail, redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { fromPlan } from '#lib/compare/shown-comparison.ts'
import { newestVersion } from '#lib/plans/newest-version.ts'
import { ports } from '#lib/server/compose.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { shownComparisons } from '#lib/server/shown-comparisons.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { Actions, PageServerLoad } from './$types'

const imagesPerStudyMax = 60
const Id = z.uuid()

/** One case with its alternatives; a version of one of them is open. */
export const load: PageServerLoad = async ({ locals, params, url, depends }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'plans.read')
  depends('bitewing:plan')
  if (!Id.safeParse(params.caseId).success) return notHere(locals, session, 'case')
  const { db, audit } = ports()
  const [mayDraft, seesImages] = [allowed(session, 'plans.draft'), allowed(session, 'images.read')]
  if (mayDraft) await startCatalogue(db, staffOf(locals, session))

  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    const [treatmentCase] = patient ? await patientCases(tx, patient.id, { caseId: params.caseId }) : []
    if (!patient || !treatmentCase) return null
    const open = openVersion(treatmentCase, url.searchParams)
    if (!open) return null
    const images: PlanImage[] = seesImages
      ? (await patientStudies(tx, patient.id, { imagesMax: imagesPerStudyMax })).flatMap((study) =>
          study.images.map((image) => ({
            ...image,
            studyInstanceUid: study.studyInstanceUid,
            studyDate: study.studyDate,
          })),
        )
      : []
    return {
      patient,
      treatmentCase: seesImages ? treatmentCase : withoutImages(treatmentCase),
      planId: open.plan.id,
      versionId: open.version.id,
      images,
      named: seesImages
        ? await planImages(
            tx,
            planItems(open.version.content).flatMap((item) => item.images),
          )
        : [],
      comparisons: seesImages
        ? await shownComparisons(tx, (open.version.content.comparisons ?? []).map(fromPlan))
        : [],
      problems: open.version.signature ? await verifySignature(tx, open.version.id) : null,
      settings: await readPlanSettings(tx),
      catalogue: mayDraft ? await listProcedures(tx) : [],
      providers: await listProviders(tx),
      findings: allowed(session, 'teeth.read') ? await patientFindings(tx, patient.id) : [],
    }
  })
  if (!found) return notHere(locals, session, 'case')
  await audit.access({
    ...auditOf(locals, session),
    kind: 'plan.viewed',
    outcome: 'success',
    patientId: found.patient.id,
    detail: { caseId: params.caseId },
  })
  return { ...found, mayDraft, mayPresent: allowed(session, 'plans.present'), now: new Date() }
}

const PresentForm = z.object({ version: z.uuid(), revision: z.coerce.number().int().min(1) })
const Day = z.iso
  .date()
  // Postgres knows no year 0
  .refine((day) => day >= '1900-01-01' && day < '2200-01-01')
  .or(z.literal(''))
  .optional()
const MoveForm = z.object({
  plan: z.uuid(),
  item: z.uuid(),
  from: z.enum(itemStates),
  to: z.enum(itemStates),
  day: Day,
})
const MilestoneForm = z.object({
  plan: z.uuid(),
  milestone: z.uuid(),
  fromExpected: Day,
  fromActual: Day,
  expected: Day,
  // a page may stand open overnight: what is reached today is so on the day it is said
  actual: Day.or(z.literal('today')),
  // where a step is taken back: its item's goes with it
  itemFrom: z.enum(itemStates).optional(),
  itemTo: z.enum(itemStates).optional(),
  itemDay: Day,
  undo: z.literal('true').optional(),
})
const TemplateForm = z.object({ version: z.uuid(), name: z.string().trim().min(1).max(80) })
const RenameForm = z.object({ title: z.string().trim().max(200), version: z.coerce.number().int() })

export const actions: Actions = {
  rename: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'plans.draft')
    const form = RenameForm.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { problem: 'title' as const })
    const renamed = await renameCase(ports().db, staffOf(locals, session), {
      patientId: params.id,
      caseId: params.caseId,
      ...form.data,
    })
    return renamed ? { renamed: true } : fail(409, { problem: 'changed' as const })
  },

  alternative: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'plans.draft')
    const { db } = ports()
    const copied = Id.safeParse((await request.formData()).get('copy'))
    const [treatmentCase] = await withTenant(db, session.tenant.id, (tx) =>
      patientCases(tx, params.id, { caseId: params.caseId }),
    )
    const plan = treatmentCase?.plans.find(({ id }) => copied.success && id === copied.data)
    const made = await addAlternative(db, staffOf(locals, session), {
      patientId: params.id,
      caseId: params.caseId,
      copy: (plan && newestVersion(plan)?.content) ?? null,
    })
    if (!made) return fail(409, { problem: 'alternatives' as const })
    redirect(303, `/patients/${params.id}/plans/${params.caseId}?version=${made.versionId}`)
  },

  edit: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'plans.draft')
    const planId = Id.safeParse((await request.formData()).get('plan'))
    const started =
      planId.success &&
      (await startVersion(ports().db, staffOf(locals, session), {
        patientId: params.id,
        planId: planId.data,
      }))
    if (!started) return notHere(locals, session, 'plan')
    redirect(303, `/patients/${params.id}/plans/${params.caseId}?version=${started.versionId}`)
  },

  present: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'plans.present')
    const form = PresentForm.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return notHere(locals, session, 'version')
    const { version: versionId, revision } = form.data
    const presented = await presentVersion(ports().db, staffOf(locals, session), {
      patientId: params.id,
      versionId,
      revision,
    })
    switch (presented.outcome) {
      case 'presented':
        return redirect(303, `/patients/${params.id}/plans/${params.caseId}?version=${versionId}`)
      case 'absent':
        return notHere(locals, session, 'version')
      case 'not-a-draft':
      case 'changed':
      case 'empty':
        return fail(409, { problem: presented.outcome })
    }
  },

  decline: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'plans.present')
    const versionId = Id.safeParse((await request.formData()).get('version'))
    const declined =
      versionId.success &&
      (await declineVersion(ports().db, staffOf(locals, session), {
        patientId: params.id,
        versionId: versionId.data,
      }))
    return declined ? { declined: true } : fail(409, { problem: 'changed' as const })
  },

  move: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'plans.present')
    const form = MoveForm.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { problem: 'changed' as const })
    const { plan: planId, item: itemId, from, to, day } = form.data
    const moved = await setItemState(ports().db, staffOf(locals, session), {
      patientId: params.id,
      planId,
      itemId,
      from,
      to,
      day: day || null,
    })
    if (moved === 'absent') return notHere(locals, session, 'item')
    return moved === 'set'
      ? { moved: { plan: planId, item: itemId, from, to } }
      : fail(409, { problem: 'changed' as const })
  },

  /** Notes that a milestone was reached, or when it is expected. */
  milestone: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'plans.present')
    const form = MilestoneForm.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { problem: 'milestone' as const })
    const { plan: planId, milestone: milestoneId, itemFrom, itemTo, itemDay, undo, ...days } = form.data
    const { db } = ports()
    const actual =
      days.actual === 'today' ? (await withTenant(db, session.tenant.id, practiceClock)).day : days.actual
    const from = { expected: days.fromExpected || null, actual: days.fromActual || null }
    const to = { expected: days.expected || null, actual: actual || null }
    const isBack = itemFrom !== undefined && itemTo !== undefined
    const noted = await setMilestone(db, staffOf(locals, session), {
      patientId: params.id,
      planId,
      milestoneId,
      from,
      to,
      item: isBack ? { from: itemFrom, to: itemTo, day: itemDay || null } : null,
    })
    switch (noted.outcome) {
      case 'absent':
        return notHere(locals, session, 'milestone')
      case 'set':
        return { noted: { plan: planId, milestone: milestoneId, ...noted.back, undone: undo === 'true' } }
      case 'changed':
        return fail(409, { problem: 'changed' as const })
      case 'no-such-step':
        return fail(409, { problem: 'milestone' as const })
    }
  },

  /** Keeps what of a version is of no patient, for other plans to begin with. */
  template: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'plans.present')
    const { db } = ports()
    const form = TemplateForm.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { problem: 'template' as const })
    const { version: versionId, name } = form.data
    const [treatmentCase] = await withTenant(db, session.tenant.id, (tx) =>
      patientCases(tx, params.id, { caseId: params.caseId }),
    )
    const version = treatmentCase?.plans
      .flatMap(({ versions }) => versions)
      .find(({ id }) => id === versionId)
    if (!version) return notHere(locals, session, 'version')
    const { content } = version
    const made = await addPlanTemplate(db, staffOf(locals, session), { name, content })
    return made ? { template: name } : fail(409, { problem: 'templates' as const })
  },

  remove: async ({ locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'plans.draft')
    const removed = await removeCase(ports().db, staffOf(locals, session), {
      patientId: params.id,
      caseId: params.caseId,
      removed: true,
    })
    if (!removed) return fail(409, { problem: 'signed' as const })
    redirect(303, `/patients/${params.id}/plans?removed=${params.caseId}`)
  },
}

/** The version the address names, or the newest of the plan it names, or of the first one. */
function openVersion({ plans }: TreatmentCase, asked: URLSearchParams) {
  const wanted = asked.get('version')
  for (const plan of plans) {
    const version = plan.versions.find(({ id }) => id === wanted)
    if (version) return { plan, version }
  }
  const letter = asked.get('plan')
  const plan = plans.find((each) => each.letter === letter) ?? plans[0]
  const version = plan && newestVersion(plan)
  return version && { plan, version }
}

/** For roles without images: not even their ids leave. */
function withoutImages(treatmentCase: TreatmentCase): TreatmentCase {
  const strip = ({ comparisons: _, ...content }: PlanContent): PlanContent => ({
    ...content,
    phases: content.phases.map((phase) => ({
      ...phase,
      visits: phase.visits.map((visit) => ({
        ...visit,
        items: visit.items.map((item) => ({ ...item, images: [] })),
      })),
    })),
  })
  return {
    ...treatmentCase,
    plans: treatmentCase.plans.map((plan) => ({
      ...plan,
      versions: plan.versions.map((version) => ({ ...version, content: strip(version.content) })),
    })),
  }
}
