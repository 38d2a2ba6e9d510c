import { sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { appointments, toothFindings, treatmentCases } from '../schema/index.ts'

/**
 * Whether somebody treats a patient: an appointment with them, or a treatment or a finding of a tooth that they wrote. Inside withTenant.
 */
export async function treatsPatient(
  tx: Transaction,
  { userId, patientId }: { userId: string; patientId: string },
): Promise<boolean> {
  const { rows } = await tx.execute(sql`SELECT 1 WHERE
    EXISTS (SELECT FROM ${appointments} WHERE ${appointments.patientId} = ${patientId} AND ${appointments.providerId} = ${userId})
    OR EXISTS (SELECT FROM ${treatmentCases} WHERE ${treatmentCases.patientId} = ${patientId} AND ${treatmentCases.createdBy} = ${userId})
    OR EXISTS (SELECT FROM ${toothFindings} WHERE ${toothFindings.patientId} = ${patientId} AND ${toothFindings.createdBy} = ${userId})`)
  return rows.length > 0
}
