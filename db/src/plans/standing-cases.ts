import { and, eq, isNull, type SQL } from 'drizzle-orm'
import { treatmentCases } from '../schema/index.ts'

/** Treatment cases that were not removed: of one patient, or of whoever a query asks for otherwise. */
export function standingCases(patientId?: string): SQL | undefined {
  return and(
    patientId === undefined ? undefined : eq(treatmentCases.patientId, patientId),
    isNull(treatmentCases.deletedAt),
  )
}
