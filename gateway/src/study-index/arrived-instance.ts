import type { ImageKind } from '@bitewing/db/schema'
import type { BulkDataIndex } from '../dicom/bulk-data-index.ts'
import type { FrameIndex } from '../dicom/frame-index.ts'
import type { Identifiers } from '../dicom/data-set.ts'

/** An instance as it came, parsed and kept safe; ready to be written into the index. */
export type ArrivedInstance = {
  /** our id; names its original in the object store: originals/{instanceId} */
  instanceId: string
  identifiers: Identifiers
  transferSyntaxUid: string
  /** DICOM JSON object of the instance, bulk data references relative */
  metadata: string
  bulkIndex: BulkDataIndex
  /** null without pixel data */
  frameIndex: FrameIndex | null
  /** hex, see dicom/data-set-digest.ts; null where it is taken when it is asked for */
  dataSetDigest: string | null
  /** `md5` in hex; '' where the archive does not hold it yet, and nothing is to be compared with what that holds */
  file: { bytes: number; sha256: Buffer; md5: string }
  /** `due`: a job gives it to the archive */
  archive: { orthancId: string; held: boolean; due: boolean }
  originalState: 'pending' | 'secured'
  origin: 'stow' | 'c-store'
  callingAeTitle: string | null
}

/** What the practice holds under a SOP Instance UID, and what other content is told from it by. */
export type HeldContent = {
  instanceId: string
  studyId: string
  transferSyntaxUid: string
  fileSha256: Buffer
  /** hex; null as long as nobody asked for it */
  dataSetDigest: string | null
}

export type Registered =
  | {
      outcome: 'stored'
      instanceId: string
      studyId: string
      patientId: string | null
      imageKind: ImageKind
      /** which of its series it is, in the order of arrival, from 1 */
      inSeries: number
    }
  /** the practice holds its SOP Instance UID already, with the same content or another: what is held stays */
  | ({ outcome: 'held'; patientId: string | null } & HeldContent)
