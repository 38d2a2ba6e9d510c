import { findStudy, listAnnotations, studyInstances, withTenant, type Database } from '@bitewing/db'
import { tenants } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import { Hono } from 'hono'
import type { JsonAttributes } from '../dicom/to-native-xml.ts'
import { isUid } from '../dicom/uid.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import { missing } from '../study-index/missing.ts'
import { KeptMetadata, type AnnotationDependencies } from './annotation-dependencies.ts'
import type { DocumentContext } from './document-attributes.ts'
import type { DrawnImage } from './drawn-image.ts'
import { measurementReport } from './measurement-report.ts'
import { presentationState } from './presentation-state.ts'

/**
 * What staff drew on a study, stored with it as DICOM: a structured report, and a presentation state for grey images.
 * The same state of the annotations is the same objects: asking twice stores them once.
 */
export function annotationRoutes({ db, allow, storeDataSet }: AnnotationDependencies) {
  return new Hono<AllowedEnv>().post(
    '/studies/:study/annotations/dicom',
    allow('images.annotate'),
    async (c) => {
      const study = c.req.param('study')
      const { tenantId } = c.var.access
      const context = isUid(study) ? await contextOf(db, tenantId, study) : 'absent'
      if (context === 'absent') throw await missing(db, tenantId, { study }, null)
      c.header('Cache-Control', 'no-store')
      if (context === 'nothing-drawn') return c.json({ stored: 0 })

      const [first, ...grey] = context.drawn.filter(({ attributes }) => isGrey(attributes))
      const objects = [
        measurementReport(context),
        ...(first ? [presentationState({ ...context, drawn: [first, ...grey] })] : []),
      ]
      for (const object of objects) {
        if (!(await storeDataSet(c, study, object))) {
          throw new GatewayError('conflict', 'What was drawn could not be stored with this study.')
        }
      }
      return c.json({ stored: objects.length })
    },
  )
}

async function contextOf(
  db: Database,
  tenantId: string,
  studyInstanceUid: string,
): Promise<DocumentContext | 'absent' | 'nothing-drawn'> {
  return withTenant(db, tenantId, async (tx) => {
    if (!(await findStudy(tx, studyInstanceUid))) return 'absent'
    const annotations = await listAnnotations(tx, studyInstanceUid)
    const drawnOn = [...new Set(annotations.map(({ sopInstanceUid }) => sopInstanceUid))]
    const images = new Map(
      (await studyInstances(tx, studyInstanceUid, drawnOn)).map((image) => [image.sopInstanceUid, image]),
    )
    const [first, ...rest] = annotations.flatMap((annotation): DrawnImage[] => {
      const image = images.get(annotation.sopInstanceUid)
      const metadata = image && KeptMetadata.safeParse(JSON.parse(image.metadata))
      return image && metadata?.success ? [{ annotation, image, attributes: metadata.data }] : []
    })
    const [practice] = await tx.select({ name: tenants.name }).from(tenants).where(eq(tenants.id, tenantId))
    if (!first || !practice) return 'nothing-drawn'
    const latest = annotations.reduce((a, b) => (b.changedAt > a.changedAt ? b : a), first.annotation)
    return {
      practiceName: practice.name,
      studyInstanceUid,
      drawn: [first, ...rest],
      changedAt: latest.changedAt,
      changedBy: latest.changedBy ?? latest.createdBy ?? practice.name,
    }
  })
}

function isGrey(attributes: JsonAttributes): boolean {
  const interpretation = attributes['00280004']?.Value?.[0]
  return typeof interpretation === 'string' && interpretation.startsWith('MONOCHROME')
}
