import { asc, eq } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { patientIdentifiers, patients } from '../schema/index.ts'
import { patientAlerts, type PatientAlert } from './patient-alerts.ts'

export type Patient = {
  id: string
  familyName: string
  givenName: string
  birthDate: string | null
  sex: string | null
  phone: string | null
  email: string | null
  alerts: PatientAlert[]
  identifiers: { kind: 'dicom' | 'practice' | 'insurance'; issuer: string; value: string }[]
}

/** One patient of the practice; null when it has none such. Inside withTenant. */
export async function readPatient(tx: Transaction, patientId: string): Promise<Patient | null> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(patientId)) return null
  const [patient] = await tx
    .select({
      id: patients.id,
      familyName: patients.familyName,
      givenName: patients.givenName,
      birthDate: patients.birthDate,
      sex: patients.sex,
      phone: patients.phone,
      email: patients.email,
    })
    .from(patients)
    .where(eq(patients.id, patientId))
  if (!patient) return null
  const identifiers = await tx
    .select({
      kind: patientIdentifiers.kind,
      issuer: patientIdentifiers.issuer,
      value: patientIdentifiers.value,
    })
    .from(patientIdentifiers)
    .where(eq(patientIdentifiers.patientId, patientId))
    .orderBy(asc(patientIdentifiers.createdAt), asc(patientIdentifiers.value))
  const alerts = (await patientAlerts(tx, [patient.id])).get(patient.id) ?? []
  return { ...patient, alerts, identifiers }
}
