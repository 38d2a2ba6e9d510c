import { eq } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import type { PlanContent } from '../plan-rules/index.ts'
import {
  patients,
  plans,
  planSignatures,
  planVersions,
  treatmentCases,
  type PlanVersionState,
  type SignatureStrokes,
} from '../schema/index.ts'

/** A version that was shown to a patient, and what became of it. */
export type Presentation = {
  versionId: string
  number: number
  letter: string
  caseId: string
  caseTitle: string
  state: Exclude<PlanVersionState, 'draft'>
  content: PlanContent
  digest: string
  presentedAt: Date
  patient: { id: string; familyName: string; givenName: string; birthDate: string | null }
  signature: {
    name: string
    consent: string
    locale: 'en' | 'fr'
    strokes: SignatureStrokes
    via: 'tablet' | 'link'
    signedAt: Date
  } | null
}

/** @returns null when there is no such version, or it was never presented. Inside withTenant. */
export async function readPresentation(tx: Transaction, versionId: string): Promise<Presentation | null> {
  const [row] = await tx
    .select({
      version: planVersions,
      letter: plans.letter,
      caseId: treatmentCases.id,
      caseTitle: treatmentCases.title,
      patient: {
        id: patients.id,
        familyName: patients.familyName,
        givenName: patients.givenName,
        birthDate: patients.birthDate,
      },
      signature: planSignatures,
    })
    .from(planVersions)
    .innerJoin(plans, eq(plans.id, planVersions.planId))
    .innerJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
    .innerJoin(patients, eq(patients.id, treatmentCases.patientId))
    .leftJoin(planSignatures, eq(planSignatures.versionId, planVersions.id))
    .where(eq(planVersions.id, versionId))
  if (!row) return null
  const { version, signature, ...rest } = row
  const { state, digest, presentedAt } = version
  if (state === 'draft' || !digest || !presentedAt) return null
  return {
    ...rest,
    versionId: version.id,
    number: version.number,
    state,
    content: version.content,
    digest: digest.toString('hex'),
    presentedAt,
    signature: signature && {
      name: signature.name,
      consent: signature.consent,
      locale: signature.locale,
      strokes: signature.strokes,
      via: signature.via,
      signedAt: signature.signedAt,
    },
  }
}
