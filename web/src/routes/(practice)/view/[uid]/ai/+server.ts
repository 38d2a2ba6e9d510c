import { findStudy, reviewAiFinding, saveFindingIn, studyInstances, withTenant } from '@bitewing/db'
import { error, json } from '@sveltejs/kit'
import { z } from 'zod'
import { readAiResult } from '#lib/ai/read-ai-result.ts'
import { softwareText } from '#lib/ai/software-text.ts'
import { ports } from '#lib/server/compose.ts'
import { auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import { studyAi } from '#lib/server/study-ai.ts'
import { FindingContent } from '#lib/teeth/finding-form.ts'
import { parseDataSet } from '#lib/viewer/data-set.ts'
import type { RequestHandler } from './$types'

/** What software found on a study's images, so that open viewers see what arrives and what others say of it. */
export const GET: RequestHandler = async ({ locals, params }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.read')
  const { db, audit } = ports()
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const study = await findStudy(tx, params.uid)
    return study && { study, results: await studyAi(tx, params.uid) }
  })
  if (!found) return notHere(locals, session, 'ai')
  await audit.access({
    ...auditOf(locals, session),
    kind: 'metadata.retrieved',
    outcome: 'success',
    patientId: found.study.patient?.id ?? null,
    studyId: found.study.id,
  })
  return json({ results: found.results })
}

const uid = z.string().regex(/^[0-9.]{1,64}$/)
const Review = z
  .object({
    result: uid,
    finding: z.string().max(200),
    verdict: z.enum(['accepted', 'rejected', 'open']),
    /** what becomes of it on the tooth chart */
    onChart: z.object({ id: z.uuid() }).and(FindingContent).nullable(),
  })
  .refine(({ verdict, onChart }) => onChart === null || verdict === 'accepted')

/** Keeps what a dentist says of one finding, and puts it on the tooth chart where that is asked. */
export const POST: RequestHandler = async ({ locals, params, request }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'ai-findings.review')
  const form = Review.safeParse(await request.json().catch(() => null))
  if (!form.success) error(400, 'not a review')
  const { result: sopInstanceUid, finding: findingId, verdict, onChart } = form.data
  const staff = staffOf(locals, session)

  const results = await withTenant(ports().db, session.tenant.id, async (tx) => {
    const study = await findStudy(tx, params.uid)
    const [instance] = study ? await studyInstances(tx, params.uid, sopInstanceUid) : []
    // only what is really in the report can be judged
    const result = instance && readAiResult(parseDataSet(instance.metadata), instance.sopClassUid)
    const finding = result?.findings.find(({ id }) => id === findingId)
    if (!study || !instance || !result || !finding) return null
    const patientId = study.patient?.id ?? null
    if (onChart) {
      if (patientId === null) return null
      const image = finding.regions[0]?.sopInstanceUid ?? null
      const [seen] = image === null ? [] : await studyInstances(tx, params.uid, image)
      const saved = await saveFindingIn(
        tx,
        staff,
        { ...onChart, patientId, basedOn: 0, ended: null, image: seen ? image : null, annotationId: null },
        softwareText(result.software),
      )
      if (saved.outcome !== 'saved') return null
    }
    await reviewAiFinding(tx, staff, {
      studyId: study.id,
      patientId,
      instanceId: instance.id,
      finding: findingId,
      verdict,
      toothFindingId: onChart?.id ?? null,
    })
    return studyAi(tx, params.uid)
  })
  if (!results) return notHere(locals, session, 'ai finding')
  return json({ results })
}
