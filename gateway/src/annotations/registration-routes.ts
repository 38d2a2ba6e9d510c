import { listComparisons, withTenant, type Database } from '@bitewing/db'
import { comparisons, instances, series, studies, tenants } from '@bitewing/db/schema'
import { and, eq, inArray } from 'drizzle-orm'
import { Hono } from 'hono'
import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import { KeptMetadata, type AnnotationDependencies } from './annotation-dependencies.ts'
import { makeSpatialRegistration, type RegisteredImage } from './spatial-registration.ts'

const Id = z.uuid()
/**
 * How staff laid the images of a comparison on each other, stored as DICOM with the first one's study. The same state of
 * the comparison is the same object: asking twice stores it once.
 */
export function registrationRoutes({ db, allow, storeDataSet }: AnnotationDependencies) {
  return new Hono<AllowedEnv>().post(
    '/comparisons/:comparison/dicom',
    allow('images.annotate'),
    async (c) => {
      c.header('Cache-Control', 'no-store')
      const id = Id.safeParse(c.req.param('comparison'))
      const registration = id.success ? await readRegistration(db, c.var.access.tenantId, id.data) : null
      if (!registration) throw new GatewayError('not-found', 'There is no such comparison.')
      const [first, ...others] = registration.images
      if (others.every(({ similarity }) => similarity === null)) return c.json({ stored: 0 })
      // such images have a Frame of Reference: that of a plane would be read as that of the patient
      if (registration.images.some(({ attributes }) => attributes['00200032']?.Value)) {
        throw new GatewayError(
          'conflict',
          'Slices of a volume have a place in space, which a comparison does not.',
        )
      }
      if (!(await storeDataSet(c, first.studyInstanceUid, makeSpatialRegistration(registration)))) {
        throw new GatewayError('conflict', 'The comparison could not be stored with this study.')
      }
      return c.json({ stored: 1 })
    },
  )
}

async function readRegistration(db: Database, tenantId: string, comparisonId: string) {
  return withTenant(db, tenantId, async (tx) => {
    const [named] = await tx
      .select({ patientId: comparisons.patientId })
      .from(comparisons)
      .where(eq(comparisons.id, comparisonId))
    if (!named) return null
    const comparison = (await listComparisons(tx, named.patientId)).find(({ id }) => id === comparisonId)
    const [practice] = await tx.select({ name: tenants.name }).from(tenants).where(eq(tenants.id, tenantId))
    if (!comparison || !practice) return null
    const rows = await tx
      .select({
        id: instances.id,
        studyInstanceUid: studies.studyInstanceUid,
        seriesInstanceUid: series.seriesInstanceUid,
        sopClassUid: instances.sopClassUid,
        sopInstanceUid: instances.sopInstanceUid,
        frames: instances.frames,
        metadata: instances.metadata,
      })
      .from(instances)
      .innerJoin(series, eq(series.id, instances.seriesId))
      .innerJoin(studies, eq(studies.id, instances.studyId))
      .where(
        and(
          inArray(
            instances.id,
            comparison.images.map(({ instanceId }) => instanceId),
          ),
          eq(studies.patientId, named.patientId),
        ),
      )
    const [first, second, ...rest] = comparison.images.flatMap((image): RegisteredImage[] => {
      const row = rows.find(({ id }) => id === image.instanceId)
      const metadata = row && KeptMetadata.safeParse(JSON.parse(row.metadata))
      if (!row || !metadata?.success) return []
      const { id: _, metadata: __, ...reference } = row
      const { frame, mirrored, placedBy, similarity, landmarks, errorPixels } = image
      return [
        {
          ...reference,
          frame,
          attributes: metadata.data,
          mirrored,
          placedBy,
          similarity,
          landmarks: landmarks.length,
          errorPixels,
        },
      ]
    })
    // one that lost an image is another comparison
    if (!first || !second || rest.length + 2 < comparison.images.length) return null
    const { title, changedAt, changedBy } = comparison
    return {
      practiceName: practice.name,
      comparisonId,
      title,
      images: [first, second, ...rest] as const,
      changedAt,
      changedBy: changedBy ?? practice.name,
    }
  })
}
