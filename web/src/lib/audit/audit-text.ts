import type { AuditTrailEntry } from '@bitewing/db'
import { bytesText } from '#lib/format/bytes.ts'
import type { Locale } from '#lib/locale.ts'
import { m } from '#paraglide/messages.js'
import { auditWords } from './audit-words.ts'

const kinds: Readonly<Record<string, typeof m.audit_session_opened>> = {
  'session.opened': m.audit_session_opened,
  'session.refused': m.audit_session_refused,
  'session.locked': m.audit_session_locked,
  'session.second-factor-refused': m.audit_second_factor_refused,
  'session.closed': m.audit_session_closed,
  'session.practice-switched': m.audit_session_practice_switched,
  'access.denied': m.audit_access_denied,
  'credential.refused': m.audit_credential_refused,
  'patients.listed': m.audit_patients_listed,
  'patient.viewed': m.audit_patient_viewed,
  'patient.created': m.audit_patient_created,
  'patient.changed': m.audit_patient_changed,
  'patient.merged': m.audit_patient_merged,
  'patient.unmerged': m.audit_patient_unmerged,
  'note.saved': m.audit_note_saved,
  'note.removed': m.audit_note_removed,
  'note.restored': m.audit_note_restored,
  'appointments.listed': m.audit_appointments_listed,
  'appointment.booked': m.audit_appointment_booked,
  'appointment.changed': m.audit_appointment_changed,
  'studies.searched': m.audit_studies_searched,
  'studies.followed': m.audit_studies_followed,
  'study.listed': m.audit_study_listed,
  'images.viewed': m.audit_images_viewed,
  'images.retrieved': m.audit_images_retrieved,
  'metadata.retrieved': m.audit_metadata_retrieved,
  'images.stored': m.audit_images_stored,
  'annotation.saved': m.audit_annotation_saved,
  'annotation.deleted': m.audit_annotation_deleted,
  'image.received': m.audit_image_received,
  'image.conflict': m.audit_image_conflict,
  'images.deleted': m.audit_images_deleted,
  'images.restored': m.audit_images_restored,
  'images.purged': m.audit_images_purged,
  'images.moved': m.audit_images_moved,
  'images.recalled': m.audit_images_recalled,
  'changes.read': m.audit_changes_read,
  'comparison.viewed': m.audit_comparison_viewed,
  'comparison.saved': m.audit_comparison_saved,
  'comparison.removed': m.audit_comparison_removed,
  'comparison.restored': m.audit_comparison_restored,
  'comparison.exported': m.audit_comparison_exported,
  'mount.saved': m.audit_mount_saved,
  'mount.removed': m.audit_mount_removed,
  'mount.restored': m.audit_mount_restored,
  'mount.exported': m.audit_mount_exported,
  'tracing.saved': m.audit_tracing_saved,
  'tracing.removed': m.audit_tracing_removed,
  'tracing.restored': m.audit_tracing_restored,
  'tracing.exported': m.audit_tracing_exported,
  'photograph.view-assigned': m.audit_photograph_view_assigned,
  'orthodontics.saved': m.audit_orthodontics_saved,
  'teeth.viewed': m.audit_teeth_viewed,
  'finding.saved': m.audit_finding_saved,
  'finding.ended': m.audit_finding_ended,
  'ai-finding.reviewed': m.audit_ai_finding_reviewed,
  'plan.viewed': m.audit_plan_viewed,
  'plan.created': m.audit_plan_created,
  'plan.changed': m.audit_plan_changed,
  'plan.presented': m.audit_plan_presented,
  'plan.signed': m.audit_plan_signed,
  'plan.declined': m.audit_plan_declined,
  'plan.exported': m.audit_plan_exported,
  'plan.item-moved': m.audit_plan_item_moved,
  'plan.milestone-set': m.audit_plan_milestone_set,
  'plan.removed': m.audit_plan_removed,
  'plan.restored': m.audit_plan_restored,
  'share.created': m.audit_share_created,
  'share.changed': m.audit_share_changed,
  'share.revoked': m.audit_share_revoked,
  'share.opened': m.audit_share_opened,
  'quarantine.viewed': m.audit_quarantine_viewed,
  'quarantine.assigned': m.audit_quarantine_assigned,
  'account.changed': m.audit_account_changed,
  'settings.changed': m.audit_settings_changed,
  'audit.viewed': m.audit_audit_viewed,
}

/** What happened, in words; the code itself for one that has none yet. */
export function auditKindText(kind: string, locale: Locale): string {
  return kinds[kind]?.({}, { locale }) ?? kind
}

const actors = {
  user: m.audit_actor_user,
  token: m.audit_actor_token,
  share: m.audit_actor_share,
  device: m.audit_actor_device,
  system: m.audit_actor_system,
  anonymous: m.audit_actor_anonymous,
}

/** Who it was by kind: beside a name, or in the place of one. */
export function auditActorText(kind: AuditTrailEntry['actor']['kind']): string {
  return actors[kind]()
}

/** What else is known: counts of an access that has ended, what was denied, how long a link lives. */
export function auditDetailText(detail: AuditTrailEntry['detail'], locale: Locale): string {
  const number = (name: string) => {
    const value = detail[name]
    return typeof value === 'number' && value > 0 ? value : null
  }
  const [images, frames, bytes, days] = [
    number('instances'),
    number('frames'),
    number('bytes'),
    number('days'),
  ]
  const word = (name: string) => (typeof detail[name] === 'string' ? detail[name] : '')
  return [
    images === null
      ? frames === null
        ? ''
        : m.frames({ count: frames }, { locale })
      : m.images_count({ count: images }, { locale }),
    bytes === null ? '' : bytesText(bytes, locale),
    detail['closed'] === true ? m.audit_counted({}, { locale }) : '',
    days === null ? '' : m.audit_days({ count: days }, { locale }),
    detail['exported'] === true ? m.audit_exported({}, { locale }) : '',
    auditWords(word('action') || word('page') || word('what'), locale) || word('calledAeTitle'),
  ]
    .filter((part) => part !== '')
    .join(m.list_separator({}, { locale }))
}
