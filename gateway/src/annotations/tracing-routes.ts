import { cephLandmarks, listTracings, withTenant, type Database } from '@bitewing/db'
import { cephTracings, instances, series, studies, tenants } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import { Hono } from 'hono'
import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import { KeptMetadata, type AnnotationDependencies } from './annotation-dependencies.ts'
import { tracingReport, type TracingContext } from './tracing-report.ts'

const Id = z.uuid()
/** What the page found in the tracing: figures are not kept, they follow from landmarks and scale (decision 0016). */
const Figures = z.object({
  figures: z
    .array(
      z.object({
        id: z.string().regex(/^[A-Za-z0-9-]{1,16}$/), // a Code Value
        name: z.string().trim().min(1).max(64),
        unit: z.enum(['deg', 'mm']),
        value: z.number().min(-10_000).max(10_000),
        from: z.array(z.enum(cephLandmarks)).max(cephLandmarks.length).default([]),
      }),
    )
    .max(60),
})
const bodyBytesMax = 16_384

/**
 * A cephalometric tracing, stored with its image's study as a structured report. The same state of it is the same
 * object: asking twice stores it once.
 */
export function tracingRoutes({ db, allow, storeDataSet }: AnnotationDependencies) {
  return new Hono<AllowedEnv>().post('/tracings/:tracing/dicom', allow('images.annotate'), async (c) => {
    c.header('Cache-Control', 'no-store')
    const id = Id.safeParse(c.req.param('tracing'))
    const traced = id.success ? await readTraced(db, c.var.access.tenantId, id.data) : null
    if (!traced) throw new GatewayError('not-found', 'There is no such tracing.')
    const text = Number(c.req.header('content-length') ?? 0) > bodyBytesMax ? '' : await c.req.text()
    const form = Figures.safeParse(parsed(text.slice(0, bodyBytesMax)))
    if (!form.success) throw new GatewayError('invalid-parameter', 'The figures of the tracing are needed.')
    if (!traced.tracing.points.some(({ at }) => at)) return c.json({ stored: 0 })

    const report = tracingReport({ ...traced, figures: form.data.figures })
    if (!(await storeDataSet(c, traced.studyInstanceUid, report))) {
      throw new GatewayError('conflict', 'The tracing could not be stored with this study.')
    }
    return c.json({ stored: 1 })
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function readTraced(
  db: Database,
  tenantId: string,
  tracingId: string,
): Promise<Omit<TracingContext, 'figures'> | null> {
  return withTenant(db, tenantId, async (tx) => {
    const [row] = await tx
      .select({
        patientId: studies.patientId,
        studyInstanceUid: studies.studyInstanceUid,
        seriesInstanceUid: series.seriesInstanceUid,
        sopClassUid: instances.sopClassUid,
        sopInstanceUid: instances.sopInstanceUid,
        frames: instances.frames,
        metadata: instances.metadata,
      })
      .from(cephTracings)
      .innerJoin(instances, eq(instances.id, cephTracings.instanceId))
      .innerJoin(series, eq(series.id, instances.seriesId))
      .innerJoin(studies, eq(studies.id, instances.studyId))
      .where(eq(cephTracings.id, tracingId))
    if (!row?.patientId) return null
    const [tracing] = await listTracings(tx, { patientId: row.patientId, ids: [tracingId] })
    const [practice] = await tx.select({ name: tenants.name }).from(tenants).where(eq(tenants.id, tenantId))
    const metadata = KeptMetadata.safeParse(JSON.parse(row.metadata))
    if (!tracing || !practice || !metadata.success) return null
    const { patientId: _, metadata: __, studyInstanceUid, ...image } = row
    const latest = tracing.points.toSorted((a, b) => b.changedAt.getTime() - a.changedAt.getTime())[0]
    return {
      practiceName: practice.name,
      studyInstanceUid,
      tracing,
      image: { annotation: { frame: tracing.frame }, image },
      attributes: metadata.data,
      changedAt: latest?.changedAt ?? tracing.createdAt,
      changedBy: latest?.changedBy ?? tracing.createdBy ?? practice.name,
    }
  })
}
