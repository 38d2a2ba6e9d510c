import { instances, series, studies } from '@bitewing/db/schema'
import type { SQLWrapper } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'

export type SearchLevel = 'study' | 'series' | 'instance'

/**
 * How a value is matched, PS3.4 §C.2.2.2:
 * - `uid` one or a list; - `text` single value or wildcard, folding case; - `code` the same, exact case;
 * - `name` person name, folded; - `date`, `time` single value or range; - `number` single value;
 * - `list` a value of an array; - `item` as `text`, in any item of a sequence.
 */
export type Matching = 'uid' | 'text' | 'code' | 'name' | 'date' | 'time' | 'number' | 'list' | 'item'

export type SearchAttribute =
  | {
      keyword: string
      level: SearchLevel
      matching: Exclude<Matching, 'item'>
      column: AnyPgColumn
      /** the same in lower case, with an index that orders it by its bytes */
      folded?: AnyPgColumn
    }
  /** sequence matching, PS3.4 §C.2.2.2.6: in the level's DICOM JSON, `path` being the sequence and its attribute */
  | {
      keyword: string
      level: SearchLevel
      matching: 'item'
      column: SQLWrapper
      path: readonly [sequence: string, tag: string]
    }

/**
 * Every attribute that can be searched by, PS3.18 Table 10.6.1-5 and more. The conformance statement prints this. An
 * attribute in a sequence has both tags, joined by a dot.
 */
export const searchAttributes = {
  '00080020': { keyword: 'StudyDate', level: 'study', matching: 'date', column: studies.studyDate },
  '00080030': { keyword: 'StudyTime', level: 'study', matching: 'time', column: studies.studyTime },
  '00080050': {
    keyword: 'AccessionNumber',
    level: 'study',
    matching: 'text',
    column: studies.accessionNumber,
    folded: studies.accessionNumberFold,
  },
  '00080061': { keyword: 'ModalitiesInStudy', level: 'study', matching: 'list', column: studies.modalities },
  '00080062': {
    keyword: 'SOPClassesInStudy',
    level: 'study',
    matching: 'list',
    column: studies.sopClassUids,
  },
  '00080090': {
    keyword: 'ReferringPhysicianName',
    level: 'study',
    matching: 'name',
    column: studies.referringPhysicianNameFold,
  },
  '00081030': {
    keyword: 'StudyDescription',
    level: 'study',
    matching: 'text',
    column: studies.studyDescription,
  },
  '00100010': { keyword: 'PatientName', level: 'study', matching: 'name', column: studies.patientNameFold },
  '00100020': {
    keyword: 'PatientID',
    level: 'study',
    matching: 'text',
    column: studies.dicomPatientId,
    folded: studies.dicomPatientIdFold,
  },
  '00100021': {
    keyword: 'IssuerOfPatientID',
    level: 'study',
    matching: 'text',
    column: studies.issuerOfPatientId,
  },
  '00100030': {
    keyword: 'PatientBirthDate',
    level: 'study',
    matching: 'date',
    column: studies.patientBirthDate,
  },
  '00100040': { keyword: 'PatientSex', level: 'study', matching: 'code', column: studies.patientSex },
  '0020000D': {
    keyword: 'StudyInstanceUID',
    level: 'study',
    matching: 'uid',
    column: studies.studyInstanceUid,
  },
  '00200010': { keyword: 'StudyID', level: 'study', matching: 'text', column: studies.studyId },
  '00201206': {
    keyword: 'NumberOfStudyRelatedSeries',
    level: 'study',
    matching: 'number',
    column: studies.seriesCount,
  },
  '00201208': {
    keyword: 'NumberOfStudyRelatedInstances',
    level: 'study',
    matching: 'number',
    column: studies.instanceCount,
  },
  '00101002.00100020': {
    keyword: 'OtherPatientIDsSequence.PatientID',
    level: 'study',
    matching: 'item',
    column: studies.attributes,
    path: ['00101002', '00100020'],
  },
  '00080021': { keyword: 'SeriesDate', level: 'series', matching: 'date', column: series.seriesDate },
  '00080031': { keyword: 'SeriesTime', level: 'series', matching: 'time', column: series.seriesTime },
  '00080060': { keyword: 'Modality', level: 'series', matching: 'code', column: series.modality },
  '0008103E': {
    keyword: 'SeriesDescription',
    level: 'series',
    matching: 'text',
    column: series.seriesDescription,
  },
  '00180015': {
    keyword: 'BodyPartExamined',
    level: 'series',
    matching: 'code',
    column: series.bodyPartExamined,
  },
  '0020000E': {
    keyword: 'SeriesInstanceUID',
    level: 'series',
    matching: 'uid',
    column: series.seriesInstanceUid,
  },
  '00200011': { keyword: 'SeriesNumber', level: 'series', matching: 'number', column: series.seriesNumber },
  '00200060': { keyword: 'Laterality', level: 'series', matching: 'code', column: series.laterality },
  '00201209': {
    keyword: 'NumberOfSeriesRelatedInstances',
    level: 'series',
    matching: 'number',
    column: series.instanceCount,
  },
  '00400244': {
    keyword: 'PerformedProcedureStepStartDate',
    level: 'series',
    matching: 'date',
    column: series.performedStepStartDate,
  },
  '00400245': {
    keyword: 'PerformedProcedureStepStartTime',
    level: 'series',
    matching: 'time',
    column: series.performedStepStartTime,
  },
  '00400275.00400009': {
    keyword: 'RequestAttributesSequence.ScheduledProcedureStepID',
    level: 'series',
    matching: 'item',
    column: series.attributes,
    path: ['00400275', '00400009'],
  },
  '00400275.00401001': {
    keyword: 'RequestAttributesSequence.RequestedProcedureID',
    level: 'series',
    matching: 'item',
    column: series.attributes,
    path: ['00400275', '00401001'],
  },
  '00080016': { keyword: 'SOPClassUID', level: 'instance', matching: 'uid', column: instances.sopClassUid },
  '00080018': {
    keyword: 'SOPInstanceUID',
    level: 'instance',
    matching: 'uid',
    column: instances.sopInstanceUid,
  },
  '00200013': {
    keyword: 'InstanceNumber',
    level: 'instance',
    matching: 'number',
    column: instances.instanceNumber,
  },
  '00280008': { keyword: 'NumberOfFrames', level: 'instance', matching: 'number', column: instances.frames },
  '00280010': { keyword: 'Rows', level: 'instance', matching: 'number', column: instances.rows },
  '00280011': { keyword: 'Columns', level: 'instance', matching: 'number', column: instances.columns },
  '00280100': {
    keyword: 'BitsAllocated',
    level: 'instance',
    matching: 'number',
    column: instances.bitsAllocated,
  },
} as const satisfies Record<string, SearchAttribute>

const byTag: Record<string, SearchAttribute | undefined> = searchAttributes
const ranks = { study: 0, series: 1, instance: 2 } as const

/** The attribute if a search at this level can match it: its own level and those above. */
export function searchAttribute(tag: string, level: SearchLevel): SearchAttribute | null {
  const attribute = byTag[tag]
  return attribute && ranks[attribute.level] <= ranks[level] ? attribute : null
}
