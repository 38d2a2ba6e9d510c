import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import type { Transaction } from '../database.ts'
import { toothNotations, type PlanContent, type ToothNotation } from '../plan-rules/index.ts'
import {
  patients,
  plans,
  planSignatures,
  planVersions,
  tenants,
  treatmentCases,
  type PlanVersionState,
  type SignatureStrokes,
} from '../schema/index.ts'
import { readPlanSettings } from './plan-settings.ts'
import { begunItems } from './sign-version.ts'
import { standingCases } from './standing-cases.ts'

/** A version that was shown to a patient, and what became of it. Names are those it was frozen with. */
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
  /** `timeZone`: IANA */
  practice: { name: string; timeZone: string }
  /** how teeth were written when it was shown */
  notation: ToothNotation
  /** who treats; none in versions from before they were frozen too */
  providers: { id: string; name: string }[]
  patient: { id: string; familyName: string; givenName: string; birthDate: string | null }
  /** the words to agree to as they were then; null in versions from before they were frozen too */
  consent: { en: string; fr: string } | null
  /** items under way or done: too late to decline them */
  begunItems: string[]
  signature: {
    name: string
    consent: string
    locale: 'en' | 'fr'
    strokes: SignatureStrokes
    via: 'tablet' | 'link'
    signedAt: Date
    digest: string
    declinedItems: string[]
    /** null where the whole version was signed as one */
    acceptedCents: number | null
  } | null
}

/** The parts of `frozen` that name people and things; `verifySignature` tells where it is not what was signed. */
const Frozen = z.object({
  practice: z.object({ name: z.string(), timeZone: z.string().optional() }),
  patient: z.object({ familyName: z.string(), givenName: z.string(), birthDate: z.string().nullable() }),
  case: z.object({ title: z.string() }),
  notation: z.enum(toothNotations).optional(),
  consent: z.object({ en: z.string(), fr: z.string() }).optional(),
  providers: z.array(z.object({ id: z.string(), name: z.string() })).optional(),
})

/** @returns null when there is no such version, it was never presented, or its case was removed. Inside withTenant. */
export async function readPresentation(tx: Transaction, versionId: string): Promise<Presentation | null> {
  const [row] = await tx
    .select({
      version: planVersions,
      planId: plans.id,
      letter: plans.letter,
      caseId: treatmentCases.id,
      patient: {
        id: patients.id,
        familyName: patients.familyName,
        givenName: patients.givenName,
        birthDate: patients.birthDate,
      },
      caseTitle: treatmentCases.title,
      practice: { name: tenants.name, timeZone: tenants.timeZone },
      signature: planSignatures,
    })
    .from(planVersions)
    .innerJoin(plans, eq(plans.id, planVersions.planId))
    .innerJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
    .innerJoin(patients, eq(patients.id, treatmentCases.patientId))
    .innerJoin(tenants, eq(tenants.id, planVersions.tenantId))
    .leftJoin(planSignatures, eq(planSignatures.versionId, planVersions.id))
    .where(and(eq(planVersions.id, versionId), standingCases()))
  if (!row) return null
  const { version, signature, letter, caseId, patient, practice } = row
  const { state, digest, presentedAt } = version
  if (state === 'draft' || !digest || !presentedAt) return null
  const frozen = Frozen.safeParse(parseJson(version.frozen ?? '')).data
  return {
    versionId: version.id,
    number: version.number,
    letter,
    caseId,
    caseTitle: frozen?.case.title ?? row.caseTitle,
    state,
    content: version.content,
    digest: digest.toString('hex'),
    presentedAt,
    practice: { ...practice, ...frozen?.practice },
    notation: frozen?.notation ?? (await readPlanSettings(tx)).notation,
    providers: frozen?.providers ?? [],
    patient: { ...patient, ...frozen?.patient },
    consent: frozen?.consent ?? null,
    begunItems: await begunItems(tx, row.planId),
    signature: signature && {
      name: signature.name,
      consent: signature.consent,
      locale: signature.locale,
      strokes: signature.strokes,
      via: signature.via,
      signedAt: signature.signedAt,
      digest: signature.digest.toString('hex'),
      declinedItems: signature.declinedItems ?? [],
      acceptedCents: signature.acceptedCents,
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
