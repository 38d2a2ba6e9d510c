import {
  findStudy,
  listAnnotations,
  readPlanSettings,
  viewableImages,
  withMetadata,
  withTenant,
} from '@bitewing/db'
import { ports } from '#lib/server/compose.ts'
import { deviceOwner } from '#lib/server/device-owner.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { studyAi } from '#lib/server/study-ai.ts'
import { parseDataSet } from '#lib/viewer/data-set.ts'
import { imageAttributes } from '#lib/viewer/image-attributes.ts'
import { packInstances } from '#lib/viewer/viewed-instances.ts'
import type { PageServerLoad } from './$types'

/** What the viewer shows of a study: its images with what their pixels mean, and what was drawn on them. */
export const load: PageServerLoad = async ({ locals, params }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.read')
  const { db, audit } = ports()
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const study = await findStudy(tx, params.uid)
    if (!study) return null
    const { add, packed } = packInstances()
    for await (const { metadata, ...image } of withMetadata(tx, await viewableImages(tx, params.uid))) {
      add(image, imageAttributes(parseDataSet(metadata), image.sopClassUid))
    }
    return {
      study,
      instances: packed,
      annotations: await listAnnotations(tx, params.uid),
      ai: await studyAi(tx, params.uid),
      notation: (await readPlanSettings(tx)).notation,
    }
  })
  if (!found) return notHere(locals, session, 'view')

  const opened = await audit.access({
    ...auditOf(locals, session),
    kind: 'metadata.retrieved',
    outcome: 'success',
    patientId: found.study.patient?.id ?? null,
    studyId: found.study.id,
  })
  opened.count({ instances: found.instances.images.length })
  return {
    studyInstanceUid: params.uid,
    patient: found.study.patient,
    studyDate: found.study.studyDate,
    instances: found.instances,
    annotations: found.annotations,
    ai: found.ai,
    notation: found.notation,
    mayReview: allowed(session, 'ai-findings.review'),
    mayChart: allowed(session, 'teeth.write'),
    mayAnnotate: allowed(session, 'images.annotate'),
    owner: deviceOwner(session),
  }
}
