import type { DicomErrorCode } from '../dicom/dicom-error.ts'

/**
 * Failure Reason (0008,1197): PS3.18 Table I.2-2 and PS3.4 Table B.2-1. 0x0111 and 0xA901 have meanings of ours,
 * declared in the conformance statement.
 */
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
  'transfer-syntax-not-supported': 0xc122,
} as const
export type FailureReason = keyof typeof failureReasons

/** What each means, for the conformance statement. */
export const failureMeanings = {
  'processing-failure': 'processing failure: the archive refuses the file',
  'other-content-held': '_extension_: other content is held under this SOP Instance UID; the first stays',
  'sop-class-not-supported': 'SOP class not supported: a DICOMDIR',
  deleted: 'not authorised: it belongs to what the practice deleted and may still restore',
  'out-of-resources': 'out of resources: this part was not reached, or a store went away',
  'identifier-missing-or-invalid': 'a required identifier is missing or invalid',
  'other-study-than-in-url': '_extension_: the study in the URL is another than in the data',
  'cannot-understand':
    "cannot understand: not DICOM, cut off, beyond the parser's limits, metadata without the bulk data it names",
  'transfer-syntax-not-supported':
    'transfer syntax not supported: pixel data of metadata in a media type that is not in the table below',
} as const satisfies Record<FailureReason, string>

/** What a file that the parser refuses is answered with. */
export const failureReasonOf = {
  'not-dicom': 'cannot-understand',
  truncated: 'cannot-understand',
  'no-sop-instance-uid': 'identifier-missing-or-invalid',
  'identifier-invalid': 'identifier-missing-or-invalid',
  dicomdir: 'sop-class-not-supported',
  'pixels-not-kept': 'transfer-syntax-not-supported',
  'too-deep': 'cannot-understand',
  'too-large-header': 'cannot-understand',
} as const satisfies Record<DicomErrorCode, FailureReason>
