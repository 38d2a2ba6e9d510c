import type { Action } from '@bitewing/db'
import { findingKinds } from '@bitewing/db/plan-rules'
import type { Locale } from '#lib/locale.ts'
import { findingKindName } from '#lib/teeth/finding-text.ts'
import { tools } from '#lib/viewer/tools.ts'
import { m } from '#paraglide/messages.js'

type Words = typeof m.audit_word_identity

/** What somebody was not allowed. */
const actions: Readonly<Record<Action, Words>> = {
  'patients.read': m.audit_word_patients_read,
  'patients.write': m.audit_word_patients_write,
  'patients.merge': m.audit_word_patients_merge,
  'appointments.read': m.audit_word_appointments_read,
  'appointments.write': m.audit_word_appointments_write,
  'images.list': m.audit_word_images_list,
  'images.read': m.audit_word_images_read,
  'images.upload': m.audit_word_images_upload,
  'images.delete': m.audit_word_images_delete,
  'images.annotate': m.audit_word_images_annotate,
  'comparisons.write': m.audit_word_comparisons_write,
  'mounts.write': m.audit_word_mounts_write,
  'orthodontics.write': m.audit_word_orthodontics_write,
  'teeth.read': m.audit_word_teeth_read,
  'teeth.write': m.audit_word_teeth_write,
  'ai-findings.review': m.audit_word_ai_findings_review,
  'plans.read': m.audit_word_plans_read,
  'plans.draft': m.audit_word_plans_draft,
  'plans.present': m.audit_word_plans_present,
  'share.create': m.audit_word_share_create,
  'audit.read': m.audit_word_audit_read,
  'audit.read-own': m.audit_word_audit_read_own,
  'settings.write': m.audit_word_settings_write,
  'quarantine.manage': m.audit_word_quarantine_manage,
}

/** What of a thing was changed, or was not there. */
const things: Readonly<Record<string, Words>> = {
  identity: m.audit_word_identity,
  'number added': m.audit_word_number_added,
  'number removed': m.audit_word_number_removed,
  contact: m.audit_word_contact,
  'alert added': m.audit_word_alert_added,
  'alert ended': m.audit_word_alert_ended,
  'alert restored': m.audit_word_alert_restored,
  'another person': m.audit_word_another_person,
  'perhaps the same person': m.audit_word_perhaps_the_same_person,
  'plan template': m.audit_word_plan_template,
  'treatment plans': m.audit_word_treatment_plans,
  'cephalometric norms': m.audit_word_cephalometric_norms,
  'mount layout': m.audit_word_mount_layout,
  mounts: m.audit_word_mounts,
  catalogue: m.audit_word_catalogue,
  'device added': m.audit_word_device_added,
  'device removed': m.audit_word_device_removed,
  practice: m.audit_word_practice,
  'tenant created': m.audit_word_tenant_created,
  'second factor required': m.audit_word_second_factor_required,
  'second factor not required': m.audit_word_second_factor_not_required,
  'second factor reset': m.audit_word_second_factor_reset,
  'authenticator app added': m.audit_word_authenticator_app_added,
  'passkey added': m.audit_word_passkey_added,
  'password reset': m.audit_word_password_reset,
  'password renewal': m.audit_word_password_renewal,
  'password renewed': m.audit_word_password_renewed,
  'role changed': m.audit_word_role_changed,
  'membership changed': m.audit_word_membership_changed,
  'user created': m.audit_word_user_created,
  'user invited': m.audit_word_user_invited,
  'invitation accepted': m.audit_word_invitation_accepted,
  'invitation withdrawn': m.audit_word_invitation_withdrawn,
  'user reactivated': m.audit_word_user_reactivated,
  'user deactivated': m.audit_word_user_deactivated,
  'token created': m.audit_word_token_created,
  'storage tiers': m.audit_word_storage_tiers,
  'object store moved': m.audit_word_object_store_moved,
  'master key rotated': m.audit_word_master_key_rotated,
  'model unit': m.audit_word_model_unit,
  'model distance': m.audit_word_model_distance,
  'calibration seen': m.audit_word_calibration_seen,
  picture: m.audit_word_picture,
  film: m.audit_word_film,
  print: m.audit_word_print,
  placed: m.audit_word_placed,
  skipped: m.audit_word_skipped,
  cleared: m.audit_word_cleared,
  accepted: m.audit_word_accepted,
  rejected: m.audit_word_rejected,
  open: m.audit_word_open,
  'password changed': m.audit_word_password_changed,
  'authenticator app removed': m.audit_word_authenticator_app_removed,
  'passkey removed': m.audit_word_passkey_removed,
  'passkey renamed': m.audit_word_passkey_renamed,
  'recovery codes made': m.audit_word_recovery_codes_made,
  'session ended': m.audit_word_session_ended,
  patient: m.audit_word_patient,
  appointment: m.audit_word_appointment,
  annotation: m.audit_word_annotation,
  case: m.audit_word_case,
  plan: m.audit_word_plan,
  version: m.audit_word_version,
  comparison: m.audit_word_comparison,
  device: m.audit_word_device,
  finding: m.audit_word_finding,
  invitation: m.audit_word_invitation,
  mount: m.audit_word_mount,
  model: m.audit_word_model,
  models: m.audit_word_models,
  procedure: m.audit_word_procedure,
  share: m.audit_word_share,
  study: m.audit_word_study,
  tracing: m.audit_word_tracing,
  user: m.audit_word_user,
  view: m.audit_word_view,
  volume: m.audit_word_volume,
  merge: m.audit_word_merge,
}

const words: Readonly<Record<string, Words>> = { ...actions, ...things }

/** What an event says of itself, in words; several are joined by commas. As it stands where there are no words for it. */
export function auditWords(said: string, locale: Locale): string {
  return said
    .split(', ')
    .map((each) => {
      const finding = findingKinds.find((kind) => kind === each)
      const tool = tools.find(({ tool }) => tool === each)
      return (
        words[each]?.({}, { locale }) ??
        (finding ? findingKindName(finding, locale) : (tool?.name({}, { locale }) ?? each))
      )
    })
    .join(', ')
}
