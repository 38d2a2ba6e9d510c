import type { DicomErrorCode } from '../dicom/dicom-error.ts'

/** Failure Reason (0008,1197): PS3.18 Table I.2-2 and PS3.4 Table B.2-1; the last two are ours, declared. */
export const failureReasons = {
  'processing-failure': 0x0110,
  'other-content-held': 0x0111,
  'sop-class-not-supported': 0x0122,
  /** not authorised: it belongs to what the practice deleted, and staff decide */
  deleted: 0x0124,
  'out-of-resources': 0xa700,
  'identifier-missing-or-invalid': 0xa900,
  'other-study-than-in-url': 0xa901,
  'cannot-understand': 0xc000,
} as const
export type FailureReason = keyof typeof failureReasons

/** What a file that the parser refuses is answered with. */
export const failureReasonOf = {
  'not-dicom': 'cannot-understand',
  truncated: 'cannot-understand',
  'no-sop-instance-uid': 'identifier-missing-or-invalid',
  'identifier-invalid': 'identifier-missing-or-invalid',
  dicomdir: 'sop-class-not-supported',
  'too-deep': 'cannot-understand',
  'too-large-header': 'cannot-understand',
} as const satisfies Record<DicomErrorCode, FailureReason>
