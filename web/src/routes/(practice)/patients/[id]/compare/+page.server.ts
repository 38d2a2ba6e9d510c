import {
  assignedViews,
  comparisonShares,
  instanceMetadata,
  listComparisons,
  patientCases,
  patientStudies,
  readPatient,
  recordInTransaction,
  removeComparison,
  saveComparison,
  withTenant,
  type TreatmentCase,
} from '@bitewing/db'
import { error, fail } from '@sveltejs/kit'
import { z } from 'zod'
import { comparisonImages } from '#lib/compare/comparison-images.ts'
import { imageFacts } from '#lib/compare/image-facts.ts'
import { suggestPair } from '#lib/compare/suggest-pair.ts'
import { imageView } from '#lib/mounts/image-view.ts'
import { comparisonActions } from '#lib/server/comparison-actions.ts'
import { ports } from '#lib/server/compose.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import type { Actions, PageServerLoad } from './$types'

const imagesPerStudyMax = 200
/** More do not fit on a screen beside each other. */
const comparedMax = 4

export const load: PageServerLoad = async ({ locals, params, url, depends }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.read')
  depends('bitewing:comparisons')
  const { db, audit } = ports()
  const [mayShare, mayPlan] = [allowed(session, 'share.create'), allowed(session, 'plans.draft')]

  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    if (!patient) return null
    const studies = await patientStudies(tx, patient.id, { imagesMax: imagesPerStudyMax })
    const candidates = comparisonImages(studies)
    const comparisons = await listComparisons(tx, patient.id)
    const opened = comparisons.find(({ id }) => id === url.searchParams.get('saved')) ?? null
    const known = new Set(candidates.map(({ id }) => id))
    const named = (url.searchParams.get('images') ?? '').split(',').filter((id) => known.has(id))
    const about = candidates.find(({ id }) => id === url.searchParams.get('about')) ?? null
    const photographs = candidates.flatMap(({ id, kind }) => (kind.endsWith('photograph') ? id : []))
    const [codes, assigned] = [await instanceMetadata(tx, photographs), await assignedViews(tx, photographs)]
    const viewed = <T extends { id: string }>(image: T) => ({
      ...image,
      view: imageView(codes.get(image.id) ?? {}, assigned.get(image.id) ?? null).keyword,
    })
    const pair = suggestPair(candidates.map(viewed), about && viewed(about))
    const chosen =
      opened !== null
        ? opened.images.map(({ instanceId }) => instanceId)
        : named.length > 0
          ? [...new Set(named)].slice(0, comparedMax)
          : pair
            ? [pair.before, pair.after]
            : about
              ? [about.id]
              : []
    const metadata = await instanceMetadata(tx, chosen)
    return {
      patient,
      candidates,
      comparisons,
      opened,
      /** ids in their order; those that were deleted since have no facts */
      chosen,
      facts: Object.fromEntries([...metadata].map(([id, json]) => [id, imageFacts(json)])),
      /** where what is opened may go: links that are out, drafts of plans */
      shares:
        opened && mayShare
          ? await comparisonShares(tx, { patientId: patient.id, comparisonId: opened.id })
          : [],
      drafts: opened && mayPlan ? draftsOf(await patientCases(tx, patient.id), opened.id) : [],
    }
  })
  if (!found) return notHere(locals, session, 'comparison')
  // what is said to be there is not: the link is old, or of somebody else's
  if (url.searchParams.has('saved') && !found.opened) return notHere(locals, session, 'comparison')

  await audit.access({
    ...auditOf(locals, session),
    kind: 'patient.viewed',
    outcome: 'success',
    patientId: found.patient.id,
  })
  return { ...found, mayWrite: allowed(session, 'comparisons.write'), mayShare, mayPlan, now: new Date() }
}

/** The versions that are still written on. @param comparisonId whether one holds a copy of it */
function draftsOf(cases: TreatmentCase[], comparisonId: string) {
  return cases.flatMap(({ id: caseId, title: caseTitle, plans }) =>
    plans.flatMap(({ letter, versions }) =>
      versions
        .filter(({ state }) => state === 'draft')
        .map(({ id: versionId, content }) => ({
          caseId,
          caseTitle,
          letter,
          title: content.title,
          versionId,
          holds: (content.comparisons ?? []).some(({ id }) => id === comparisonId),
        })),
    ),
  )
}

const point = z.tuple([z.number(), z.number()])
const Draft = z.object({
  id: z.uuid().nullable(),
  version: z.int().min(1),
  title: z.string().trim().max(200),
  mode: z.enum(['side', 'slider', 'overlay', 'blink', 'difference']),
  images: z
    .array(
      z.object({
        instanceId: z.uuid(),
        frame: z.int().min(1),
        mirrored: z.boolean(),
        placedBy: z.enum(['none', 'landmarks', 'automatic']),
        similarity: z.tuple([z.number(), z.number(), z.number(), z.number()]).nullable(),
        landmarks: z.array(z.object({ here: point, there: point })).max(20),
        errorPixels: z.number().min(0).nullable(),
      }),
    )
    .min(2)
    .max(comparedMax),
})

export const actions: Actions = {
  ...comparisonActions,

  save: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'comparisons.write')
    const { db } = ports()
    const draft = Draft.safeParse(await comparisonOf(request))
    if (!draft.success) error(400, 'not a comparison')
    const { id, version, ...values } = draft.data
    const patientId = z.uuid().safeParse(params.id)
    if (!patientId.success) return notHere(locals, session, 'comparison')
    const saved = await withTenant(db, session.tenant.id, async (tx) => {
      const result = await saveComparison(
        tx,
        session.tenant.id,
        { ...values, patientId: patientId.data },
        id === null ? null : { id, version },
        session.userId,
      )
      if (result.saved) {
        await recordInTransaction(tx, {
          ...auditOf(locals, session),
          kind: 'comparison.saved',
          outcome: 'success',
          patientId: patientId.data,
          detail: { comparisonId: result.id, version: result.version },
        })
      }
      return result
    })
    if (!saved.saved) {
      if (saved.why === 'changed') return fail(409, { problem: 'changed' as const })
      return notHere(locals, session, 'comparison')
    }
    return { saved: { id: saved.id, version: saved.version } }
  },

  remove: (event) => removeOrRestore(event, false),
  restore: (event) => removeOrRestore(event, true),

  /** Told before a picture or film of it is made, since that leaves the practice's system. */
  export: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'images.read')
    const { db, audit } = ports()
    const fields = await request.formData()
    const what = z.enum(['picture', 'film', 'print']).safeParse(fields.get('what'))
    const patient = await withTenant(db, session.tenant.id, (tx) => readPatient(tx, params.id))
    if (!patient || !what.success) return notHere(locals, session, 'comparison')
    await audit.record({
      ...auditOf(locals, session),
      kind: 'comparison.exported',
      outcome: 'success',
      patientId: patient.id,
      detail: { what: what.data, identified: fields.get('identified') === 'true' },
    })
    return { exported: what.data }
  },
}

type ActionEvent = Parameters<Actions[string]>[0]

async function removeOrRestore({ request, locals, params }: ActionEvent, restore: boolean) {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'comparisons.write')
  const { db } = ports()
  const id = z.uuid().safeParse((await request.formData()).get('comparison'))
  const patientId = z.uuid().safeParse(params['id'])
  const done =
    id.success &&
    patientId.success &&
    (await withTenant(db, session.tenant.id, async (tx) => {
      const changed = await removeComparison(tx, { id: id.data, patientId: patientId.data }, { restore })
      if (changed) {
        await recordInTransaction(tx, {
          ...auditOf(locals, session),
          kind: restore ? 'comparison.restored' : 'comparison.removed',
          outcome: 'success',
          patientId: patientId.data,
          detail: { comparisonId: id.data },
        })
      }
      return changed
    }))
  if (!done) return notHere(locals, session, 'comparison')
  return restore ? { restored: id.data } : { removed: id.data }
}

async function comparisonOf(request: Request): Promise<unknown> {
  const text = (await request.formData()).get('comparison')
  if (typeof text !== 'string') return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
