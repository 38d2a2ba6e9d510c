import type { ReadableIdentifiers } from '../dicom/dicom-error.ts'
import { failureReasons, type FailureReason } from './failure-reasons.ts'

/** What became of one part of a store request. */
export type StoreOutcome =
  | {
      outcome: 'stored'
      studyInstanceUid: string
      seriesInstanceUid: string
      sopInstanceUid: string
      sopClassUid: string
      studyId: string
      bytes: number
    }
  | { outcome: 'refused'; reason: FailureReason; identifiers: ReadableIdentifiers | null }

type Attributes = Record<string, { vr: string; Value?: unknown[] }>

/**
 * The Store Instances Response, PS3.18 §10.5.3.3 and Table I.1-1, as DICOM JSON.
 *
 * @param dicomwebUrl absolute URL of the DICOMweb root
 * @returns status: 200 all stored, 202 some, 409 none (PS3.18 §10.5.3.1); location of the one instance, or the one
 *   study, that was stored; null for several studies, which have no address in common (§10.5.3.2)
 */
export function storeAnswer(
  outcomes: readonly StoreOutcome[],
  dicomwebUrl: string,
): { status: 200 | 202 | 409; body: Attributes; location: string | null } {
  const stored = outcomes.filter((one) => one.outcome === 'stored')
  const refused = outcomes.filter((one) => one.outcome === 'refused')
  const named = refused.filter((one) => one.identifiers?.sopInstanceUid)
  const unnamed = refused.filter((one) => !one.identifiers?.sopInstanceUid)

  const urlOf = (one: Extract<StoreOutcome, { outcome: 'stored' }>) =>
    `${dicomwebUrl}/studies/${one.studyInstanceUid}/series/${one.seriesInstanceUid}/instances/${one.sopInstanceUid}`
  const body: Attributes = {}
  const studyUids = new Set(stored.map((one) => one.studyInstanceUid))
  const [onlyStudy] = studyUids
  if (studyUids.size === 1 && onlyStudy)
    body['00081190'] = { vr: 'UR', Value: [`${dicomwebUrl}/studies/${onlyStudy}`] }
  if (named.length > 0) {
    body['00081198'] = {
      vr: 'SQ',
      Value: named.map((one) => ({
        '00081150': uid(one.identifiers?.sopClassUid),
        '00081155': uid(one.identifiers?.sopInstanceUid),
        '00081197': { vr: 'US', Value: [failureReasons[one.reason]] },
      })),
    }
  }
  if (stored.length > 0) {
    body['00081199'] = {
      vr: 'SQ',
      Value: stored.map((one) => ({
        '00081150': uid(one.sopClassUid),
        '00081155': uid(one.sopInstanceUid),
        '00081190': { vr: 'UR', Value: [urlOf(one)] },
      })),
    }
  }
  if (unnamed.length > 0) {
    body['0008119A'] = {
      vr: 'SQ',
      Value: unnamed.map((one) => ({ '00081197': { vr: 'US', Value: [failureReasons[one.reason]] } })),
    }
  }
  const [first, second] = stored
  const ofStudy = studyUids.size === 1 && onlyStudy ? `${dicomwebUrl}/studies/${onlyStudy}` : null
  return {
    status: refused.length === 0 ? 200 : stored.length > 0 ? 202 : 409,
    body,
    location: first && !second ? urlOf(first) : ofStudy,
  }
}

function uid(value: string | null | undefined) {
  return value ? { vr: 'UI', Value: [value] } : { vr: 'UI' }
}
