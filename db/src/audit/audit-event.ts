import { createHash } from 'node:crypto'

/** The chain of events that belong to no practice. */
export const systemChainId = '00000000-0000-0000-0000-000000000000'

export const auditKinds = [
  'session.opened',
  'session.refused', // wrong password
  'session.locked', // too many wrong passwords
  'session.second-factor-refused', // the password was right, the code was not
  'session.closed',
  'session.practice-switched',
  'access.denied', // authenticated, but not allowed, or not there for them
  'credential.refused', // a token, cookie or link that opens nothing
  'patients.listed',
  'patient.viewed',
  'patient.created', // by hand; images make patients too
  'patient.changed', // identity, contact, alerts: which one, in the detail
  'patient.merged', // with another record of the same person
  'patient.unmerged', // two records again
  'note.saved', // a version of it: what it said before stays
  'note.removed',
  'note.restored',
  'appointments.listed', // of a day
  'appointment.booked',
  'appointment.changed', // moved, rewritten, arrived, done, cancelled
  'studies.searched',
  'studies.followed', // told of new studies as they come
  'study.listed', // a study's series or instances searched
  'images.viewed', // renditions, rendered, thumbnails
  'images.retrieved', // instances, frames, bulk data
  'metadata.retrieved',
  'images.stored',
  'annotation.saved', // drawn, changed or restored
  'annotation.deleted', // can be restored
  'image.received', // by C-STORE
  'image.conflict', // other content under a UID already held
  'images.deleted', // from here they can be restored, for the time of grace
  'images.restored',
  'images.purged', // for good
  'images.moved', // to another class of storage, or out of Orthanc: counts in the detail
  'images.recalled', // out of the archive, by who asked to see them
  'changes.read', // the feed of changes
  'comparison.viewed', // by a link, which shows no more of the patient
  'comparison.saved',
  'comparison.removed',
  'comparison.restored',
  'comparison.exported', // a picture or film of it has left
  'mount.saved', // made, or one change of it
  'mount.removed',
  'mount.restored',
  'mount.exported', // a picture or print of it has left
  'tracing.saved', // begun, or one point of it placed, moved or taken away
  'tracing.removed',
  'tracing.restored',
  'tracing.exported', // a picture or print of it has left
  'photograph.view-assigned', // which orthodontic view it is, as staff say; or taken back
  'orthodontics.saved', // one change of a patient's orthodontic case
  'teeth.viewed', // the findings of a patient's teeth
  'finding.saved', // on a tooth: recorded, changed or revived
  'finding.ended', // treated, gone, or recorded by mistake; it stays on the chart's history
  'ai-finding.reviewed', // what a dentist says of a finding of software, in the detail
  'plan.viewed',
  'plan.created', // a case, an alternative, a new version
  'plan.changed', // a draft was written on
  'plan.presented', // and frozen: the digest is in the detail
  'plan.signed', // with the digests of what was signed and of the signature
  'plan.declined',
  'plan.exported', // a PDF of it has left: its digest is in the detail
  'plan.item-moved', // scheduled, in progress, done
  'plan.milestone-set', // reached, or expected on another day
  'plan.removed', // can be restored
  'plan.restored',
  'share.created',
  'share.changed', // a comparison was added, or taken out again
  'share.revoked',
  'share.opened',
  'quarantine.viewed',
  'quarantine.assigned',
  'account.changed', // one's own: password, second factor, sessions
  'settings.changed', // practice, user, token, device made by the operator
  'audit.viewed',
] as const
export type AuditKind = (typeof auditKinds)[number]

export type AuditActor =
  { kind: 'user' | 'token' | 'share' | 'device'; id: string } | { kind: 'system' | 'anonymous'; id: null }

/** One thing that happened. Ids and counts only: no names, no UIDs that a device made from names, no secrets. */
export type AuditEvent = {
  /** the practice, or null for events of none */
  tenantId: string | null
  kind: AuditKind
  outcome: 'success' | 'denied' | 'failure'
  actor: AuditActor
  sessionId?: string | null
  address?: string | null
  patientId?: string | null
  /** our id of the study, not its UID */
  studyId?: string | null
  detail?: Record<string, string | number | boolean | null>
}

/** A row's content as it is hashed. */
export type ChainedEvent = {
  chainId: string
  position: number
  at: Date
  kind: string
  outcome: AuditEvent['outcome']
  actorKind: AuditActor['kind']
  actorId: string | null
  sessionId: string | null
  address: string | null
  patientId: string | null
  studyId: string | null
  detail: Record<string, string | number | boolean | null>
}

/**
 * SHA-256 over the previous hash and the event in its canonical form, version 1: a JSON array in the order
 * below, times as ISO 8601 in UTC with milliseconds, detail with its keys sorted.
 */
export function hashEvent(previousHash: Uint8Array, event: ChainedEvent): Buffer {
  const canonical = JSON.stringify([
    1,
    event.chainId,
    event.position,
    event.at.toISOString(),
    event.kind,
    event.outcome,
    event.actorKind,
    event.actorId,
    event.sessionId,
    event.address,
    event.patientId,
    event.studyId,
    Object.entries(event.detail).sort(([a], [b]) => (a < b ? -1 : 1)),
  ])
  return createHash('sha256').update(previousHash).update(canonical).digest()
}
