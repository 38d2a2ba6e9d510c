export { connectDatabase, closeDatabase, type Database, type Transaction } from './database.ts'
export { DatabaseAway, isDatabaseAway, mayBeCommitted } from './database-away.ts'
export { insertRows } from './insert-rows.ts'
export { listen, type Listener } from './listen.ts'
export { migrate } from './migrate.ts'
export { foldStorageCounts } from './storage/fold-storage-counts.ts'
export { readStorage, type Stored } from './storage/read-storage.ts'
export { connectJobs, enqueue, enqueueAll, jobNames, type JobName, type JobPayloads } from './jobs.ts'
export { withTenant } from './tenancy/with-tenant.ts'
export { askInTenant, type Question } from './tenancy/ask-in-tenant.ts'
export { askTogether } from './tenancy/ask-together.ts'
export { databaseState } from './tenancy/database-state.ts'
export { asSystem } from './tenancy/as-system.ts'
export { showDeleted } from './tenancy/show-deleted.ts'
export { deleteImages, type ImageScope } from './deletions/delete-images.ts'
export { findDeletion } from './deletions/find-deletion.ts'
export { listDeletions, type Deletion } from './deletions/list-deletions.ts'
export { noteReturn } from './deletions/note-return.ts'
export { recountStudy } from './deletions/recount-study.ts'
export { restoreImages } from './deletions/restore-images.ts'
export { readChanges, type Change } from './changes/read-changes.ts'
export { createSessions, sessionCookieName, type Sessions } from './sessions/sessions.ts'
export type { StaffSession } from './sessions/session.ts'
export { logIn, type LogIn } from './sessions/log-in.ts'
export { hashPassword } from './sessions/passwords.ts'
export {
  endOtherSessions,
  endUserSession,
  isLatelyConfirmed,
  listUserSessions,
  noteConfirmed,
  setPassword,
} from './sessions/user-sessions.ts'
export { createAccountKey, type AccountKey } from './second-factor/account-key.ts'
export { newAuthenticator, removeAuthenticator } from './second-factor/authenticator.ts'
export { newRecoveryCodes } from './second-factor/recovery-codes.ts'
export { hasSecondFactor, readSecondFactors } from './second-factor/second-factors.ts'
export { trySecondFactor } from './second-factor/try-second-factor.ts'
export {
  askNewPasskey,
  askPasskey,
  beginLogIn,
  endPendingLogIn,
  pendingLogInCookieName,
  readPendingLogIn,
  takeChallenge,
  takeNewPasskeyChallenge,
  type PendingLogIn,
} from './second-factor/pending-log-ins.ts'
export {
  addPasskey,
  findPasskey,
  listPasskeys,
  notePasskeyUse,
  removePasskey,
  renamePasskey,
} from './second-factor/passkeys.ts'
export { resetSecondFactors } from './second-factor/reset-second-factors.ts'
export { passwordLengthMax, passwordLengthMin, passwordProblem } from './people/password-problem.ts'
export {
  changeRole,
  listMembers,
  resetMemberSecondFactors,
  setMemberActive,
  type Member,
} from './people/members.ts'
export {
  acceptInvitation,
  findInvitation,
  inviteMember,
  listInvitations,
  renewPassword,
  revokeInvitation,
} from './people/invitations.ts'
export { listDevices, removeDevice, saveDevice } from './devices/devices.ts'
export { resetPassword } from './people/reset-password.ts'
export { readPractice, requireSecondFactor, savePractice } from './people/practice.ts'
export { findApiToken, type ApiToken } from './tokens/find-api-token.ts'
export { createApiToken } from './tokens/create-api-token.ts'
export {
  createPlanShare,
  createShare,
  findShare,
  findShareSession,
  openShare,
  revokeShare,
  shareCookieName,
  sharePath,
  type ShareSession,
} from './shares/share-access.ts'
export {
  addToShare,
  comparisonShares,
  createComparisonShare,
  takeFromShare,
  type ComparisonShare,
} from './shares/comparison-shares.ts'
export { patientShares, type PatientShare } from './shares/patient-shares.ts'
export { findSharedPicture } from './shares/find-shared-picture.ts'
export { sharedComparisons, type SharedComparison } from './shares/shared-comparisons.ts'
export { mayDo, type Action, type Actor } from './access/decisions.ts'
export { foldName } from './patients/fold-name.ts'
export { createAudit, recordInTransaction, type Audit, type OpenAccess } from './audit/audit.ts'
export { countUnknown } from './audit/count-unknown.ts'
export {
  createCredentialRefusals,
  type CredentialKind,
  type CredentialRefusals,
} from './audit/credential-refusals.ts'
export { systemChainId, type AuditActor, type AuditEvent, type AuditKind } from './audit/audit-event.ts'
export {
  auditHeadName,
  auditKeyPair,
  readAuditHead,
  signAuditHead,
  type AuditHead,
} from './audit/audit-heads.ts'
export {
  auditActors,
  readAuditTrail,
  type AuditTrailEntry,
  type AuditTrailFilter,
} from './audit/read-audit-trail.ts'
export { verifyAuditChain, type AuditFault, type AuditVerdict } from './audit/verify-audit-chain.ts'
export { createTenant } from './operator/create-tenant.ts'
export { createUser } from './operator/create-user.ts'
export { findTenant } from './operator/find-tenant.ts'
export { parsePatientSearch, type PatientSearch } from './patients/parse-patient-search.ts'
export {
  latestPatients,
  openedPatients,
  searchPatients,
  type PatientFilter,
  type PatientSummary,
} from './patients/search-patients.ts'
export { addAlert, endAlert, patientAlerts, type PatientAlert } from './patients/patient-alerts.ts'
export { patientNotes, removeNote, saveNote, type PatientNote } from './patients/patient-notes.ts'
export { createPatient } from './patients/create-patient.ts'
export { noteOpened } from './patients/note-opened.ts'
export { saveContact } from './patients/save-contact.ts'
export { saveIdentity, type PatientIdentity } from './patients/save-identity.ts'
export { likelySame, type LikelySame } from './patients/likely-same.ts'
export { setDistinct } from './patients/set-distinct.ts'
export { mergePreview, type MergeCounts } from './patients/merge-preview.ts'
export { mergePatients, type MergeChoice } from './patients/merge-patients.ts'
export { undoMerge } from './patients/undo-merge.ts'
export { mergedInto } from './patients/merged-into.ts'
export { recordHistory, type RecordHistory } from './patients/record-history.ts'
export { listAppointments, type Appointment } from './appointments/list-appointments.ts'
export { listBookable } from './appointments/list-bookable.ts'
export { plannedVisits, type PlannedVisit } from './appointments/plan-visits.ts'
export { practiceClock, type PracticeClock } from './appointments/practice-clock.ts'
export {
  saveAppointment,
  type AppointmentDraft,
  type SavedAppointment,
} from './appointments/save-appointment.ts'
export { setAppointmentStatus } from './appointments/set-appointment-status.ts'
export { arrivedSince } from './dashboard/arrived-since.ts'
export { plansWaiting } from './dashboard/plans-waiting.ts'
export { milestonesDue, type DueMilestone } from './dashboard/milestones-due.ts'
export { sharesEnding } from './dashboard/shares-ending.ts'
export { storageState } from './dashboard/storage-state.ts'
export { unreadArrivals } from './dashboard/unread-arrivals.ts'
export { readPatient, type Patient } from './patients/read-patient.ts'
export { treatsPatient } from './patients/treats-patient.ts'
export { studyImages, type StudyImage } from './studies/study-images.ts'
export {
  latestStudies,
  patientStudies,
  readStudy,
  unsortedStudies,
  type StudySummary,
} from './studies/latest-studies.ts'
export { patientImageKinds } from './patients/patient-image-kinds.ts'
export { newestImages } from './studies/newest-images.ts'
export { findStudy } from './studies/find-study.ts'
export { instanceMetadata } from './studies/instance-metadata.ts'
export {
  studyInstances,
  viewableImages,
  withMetadata,
  type StudyInstance,
  type ViewableImage,
} from './studies/study-instances.ts'
export { listAnnotations, type Annotation } from './annotations/list-annotations.ts'
export { measureAgain } from './annotations/measure-again.ts'
export {
  saveAnnotation,
  type AnnotationChange,
  type AnnotationContent,
  type SavedAnnotation,
} from './annotations/save-annotation.ts'
export { listVolumeDrawings, type VolumeDrawing } from './volume-drawings/list-volume-drawings.ts'
export {
  saveVolumeDrawing,
  type SavedVolumeDrawing,
  type VolumeDrawingChange,
} from './volume-drawings/save-volume-drawing.ts'
export { saveComparison, type ComparisonDraft, type SavedComparison } from './comparisons/save-comparison.ts'
export { listComparisons, type Comparison } from './comparisons/list-comparisons.ts'
export { removeComparison } from './comparisons/remove-comparison.ts'
export { listMounts, type Mount } from './mounts/list-mounts.ts'
export { describeMount } from './mounts/describe-mount.ts'
export { removeMount } from './mounts/remove-mount.ts'
export { saveMount } from './mounts/save-mount.ts'
export { readMountSettings, saveMountSettings } from './mounts/mount-settings.ts'
export {
  addMountLayout,
  listMountLayouts,
  removeMountLayout,
  saveMountLayout,
  type MountLayoutRow,
} from './mounts/mount-layouts.ts'
export { cellShapes } from './schema/index.ts'
export { listTracings, type CephPoint, type CephTracing } from './ceph/list-tracings.ts'
export { startTracing } from './ceph/start-tracing.ts'
export { savePoint, type CephPointChange, type SavedCephPoint } from './ceph/save-point.ts'
export { readCephNorms, saveCephNorms } from './ceph/ceph-norms.ts'
export { changeTracing } from './ceph/change-tracing.ts'
export { cephLandmarks } from './schema/index.ts'
export type { CephCalibration, CephLandmark, CephNorms, CephPointState } from './schema/index.ts'
export { assignedViews } from './orthodontics/assigned-views.ts'
export { assignView } from './orthodontics/assign-view.ts'
export {
  OrthodonticContent,
  type ApplianceKind,
  type MeasureUnit,
  type OrthodonticMeasure,
  type OrthodonticVisit,
} from './orthodontics/orthodontic-content.ts'
export { practiceMeasures } from './orthodontics/practice-measures.ts'
export { readOrthodonticCase, type OrthodonticCase } from './orthodontics/read-orthodontic-case.ts'
export { saveOrthodonticCase } from './orthodontics/save-orthodontic-case.ts'
export { alertKinds, appointmentKinds, appointmentStatuses } from './schema/index.ts'
export { practiceAeTitles } from './patients/practice-ae-titles.ts'
export type { ComparedImage, ComparisonMode, ImagePoint, TenantRole, TokenScope } from './schema/index.ts'
export type {
  AwaitedImage,
  CellShape,
  KeptLayout,
  LayoutCell,
  LayoutRows,
  MountedImage,
  MountSettings,
  MountTemplate,
  OpeningHours,
  QuarterTurn,
  RecordStage,
} from './schema/index.ts'
export type { AiVerdict, AnnotationKind, Calibration, FramePoint, Measured } from './schema/index.ts'
export type { CurveSettings, PatientPoint, VolumeDrawingKind } from './schema/index.ts'
export { patientModels, type PatientModel } from './models/patient-models.ts'
export { saveModelScale } from './models/save-model-scale.ts'
export { listModelDistances, saveModelDistance, type ModelDistance } from './models/model-distances.ts'
export { modelUnits, type ModelUnit } from './schema/index.ts'
export { listQuarantine, type QuarantineGroup } from './quarantine/list-quarantine.ts'
export { assignQuarantine } from './quarantine/assign-quarantine.ts'
export { listPractices } from './quarantine/list-practices.ts'
export {
  listProcedures,
  saveProcedure,
  archiveProcedure,
  importProcedures,
  startCatalogue,
  type CatalogueEntry,
} from './catalogue/procedures.ts'
export {
  addAlternative,
  createCase,
  patientCases,
  removeCase,
  renameCase,
  type Plan,
  type PlanVersion,
  type TreatmentCase,
} from './plans/cases.ts'
export { fdiOfToothCode } from './dental/tooth-codes.ts'
export { reviewAiFinding, studyAiReviews, type AiReview } from './findings/ai-reviews.ts'
export { patientFindings, type ToothFinding } from './findings/patient-findings.ts'
export { saveFinding, saveFindingIn, type FindingChange } from './findings/save-finding.ts'
export { findPlanPicture } from './plans/find-plan-picture.ts'
export { listProviders } from './plans/list-providers.ts'
export { parsePlanContent } from './plans/parse-plan-content.ts'
export { addComparison } from './plans/add-comparison.ts'
export { planImages, type PlanImage } from './plans/plan-images.ts'
export { presentedAlternatives, type PresentedAlternative } from './plans/presented-alternatives.ts'
export { planShares } from './plans/plan-shares.ts'
export { readPlanSettings, savePlanSettings, type PlanSettings } from './plans/plan-settings.ts'
export {
  addPlanTemplate,
  contentOfTemplate,
  listPlanTemplates,
  removePlanTemplate,
  renamePlanTemplate,
  type PlanTemplate,
} from './plans/plan-templates.ts'
export { readPresentation, type Presentation } from './plans/read-presentation.ts'
export { saveDraft } from './plans/save-draft.ts'
export { setItemState } from './plans/set-item-state.ts'
export { setMilestone } from './plans/set-milestone.ts'
export type { MilestoneState } from './plans/milestone-states.ts'
export { signVersion } from './plans/sign-version.ts'
export type { Staff } from './plans/staff.ts'
export { verifySignature, type SignatureProblem } from './plans/verify-signature.ts'
export { declineVersion, presentVersion, startVersion } from './plans/versions.ts'
export {
  dueOriginals,
  plannedMoves,
  tieredBytesMin,
  type DueOriginal,
  type PlannedMove,
  type TierQuestion,
} from './storage/due-originals.ts'
export { plannedSaving, storageCost } from './storage/storage-cost.ts'
export { StoragePrices } from './storage/storage-prices.ts'
export { noteStorageTerms, readStorageTerms, type StorageTerms } from './storage/storage-terms.ts'
export { readStorageUsage, type StorageUsage } from './storage/storage-usage.ts'
export { readTierPolicy, saveTierPolicy } from './storage/tier-policy.ts'
export { defaultTierPolicy, TierPolicy, type StoreTiers } from './storage/tier-rules.ts'
