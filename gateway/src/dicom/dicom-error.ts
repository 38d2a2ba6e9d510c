/**
 * Why a file cannot be taken as a DICOM instance.
 *
 * - `not-dicom` neither a Part 10 file nor a recognisable bare data set, or a structure that makes no sense
 * - `truncated` a length reaches past the end of the file, or a sequence has no end
 * - `no-sop-instance-uid` SOP Instance UID (0008,0018) is absent or empty
 * - `identifier-invalid` Study, Series, SOP Instance or SOP Class UID is absent or breaks PS3.5 §9.1
 * - `dicomdir` a media directory (PS3.3 Annex F), which is not an instance of a study
 * - `pixels-not-kept` pixel data that came in a media type or transfer syntax in which none is kept
 * - `too-deep` sequences nested beyond the limit
 * - `too-large-header` more elements, header bytes or inflated bytes than the limits allow
 */
export type DicomErrorCode =
  | 'not-dicom'
  | 'truncated'
  | 'no-sop-instance-uid'
  | 'identifier-invalid'
  | 'dicomdir'
  | 'pixels-not-kept'
  | 'too-deep'
  | 'too-large-header'

/** Identifiers as far as a refused file let them be read: each is a valid UID or null. */
export type ReadableIdentifiers = {
  studyInstanceUid: string | null
  seriesInstanceUid: string | null
  sopInstanceUid: string | null
  sopClassUid: string | null
}

/** A file refused by the DICOM parser. The message names tags and offsets, never values of the data set. */
export class DicomError extends Error {
  override readonly name = 'DicomError'
  readonly code: DicomErrorCode
  /** What FailedSOPSequence can name; null when nothing could be read. */
  readonly identifiers: ReadableIdentifiers | null

  constructor(code: DicomErrorCode, message: string, identifiers: ReadableIdentifiers | null = null) {
    super(message)
    this.code = code
    this.identifiers = identifiers
  }
}
