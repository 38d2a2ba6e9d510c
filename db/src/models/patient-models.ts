import { and, asc, desc, eq, isNotNull, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import { instances, modelScales, series, studies, type ModelUnit } from '../schema/index.ts'

/** A digital model that is kept as an encapsulated document (PS3.3 §A.85). */
export type PatientModel = {
  /** ours */
  id: string
  studyId: string
  studyInstanceUid: string
  studyDate: string | null
  studyDescription: string
  seriesInstanceUid: string
  seriesDescription: string
  sopInstanceUid: string
  sopClassUid: string
  fileBytes: number
  /** DICOM JSON object of the instance */
  metadata: string
  /** what staff said of its unit; null when nobody has */
  said: { unit: ModelUnit; by: string | null; at: Date } | null
}

/** A patient's digital models, the latest study first. Inside withTenant. */
export async function patientModels(tx: Transaction, patientId: string): Promise<PatientModel[]> {
  const rows = await tx
    .select({
      id: instances.id,
      studyId: studies.id,
      studyInstanceUid: studies.studyInstanceUid,
      studyDate: studies.studyDate,
      studyDescription: studies.studyDescription,
      seriesInstanceUid: series.seriesInstanceUid,
      seriesDescription: series.seriesDescription,
      sopInstanceUid: instances.sopInstanceUid,
      sopClassUid: instances.sopClassUid,
      fileBytes: instances.fileBytes,
      metadata: instances.metadata,
      unit: modelScales.unit,
      saidAt: modelScales.changedAt,
      saidBy: userName(modelScales.changedBy),
    })
    .from(instances)
    .innerJoin(series, eq(series.id, instances.seriesId))
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .leftJoin(modelScales, and(eq(modelScales.instanceId, instances.id), isNotNull(modelScales.unit)))
    .where(and(eq(studies.patientId, patientId), eq(instances.imageKind, 'model')))
    .orderBy(
      sql`${studies.studyDate} DESC NULLS LAST`,
      desc(studies.arrivedAt),
      asc(series.seriesNumber),
      asc(series.seriesInstanceUid),
      asc(instances.instanceNumber),
      asc(instances.sopInstanceUid),
    )
    .limit(modelsMax)
  return rows.map(({ unit, saidAt, saidBy, ...model }) => ({
    ...model,
    said: unit && saidAt ? { unit, by: saidBy, at: saidAt } : null,
  }))
}

/** More than anybody compares. */
const modelsMax = 200
