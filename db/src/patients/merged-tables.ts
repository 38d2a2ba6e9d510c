import {
  appointments,
  comparisons,
  formerIdentities,
  mounts,
  orthodonticCases,
  patientAlerts,
  patientIdentifiers,
  patientNotes,
  studies,
  toothFindings,
  treatmentCases,
} from '../schema/index.ts'

/**
 * What belongs to a patient and goes with them when their record goes into another; images with all that is drawn on
 * them, plans with their signatures and links, hang on these. Whoever opened which record (`opened_patients`) and the
 * keys of the search stay with the record that nobody sees any more.
 */
export const mergedTables = {
  appointments,
  comparisons,
  former_identities: formerIdentities,
  mounts,
  orthodontic_cases: orthodonticCases,
  patient_alerts: patientAlerts,
  patient_identifiers: patientIdentifiers,
  patient_notes: patientNotes,
  studies,
  tooth_findings: toothFindings,
  treatment_cases: treatmentCases,
} as const
