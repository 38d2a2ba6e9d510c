import type { InstanceRow, SeriesRow } from '../study-index/search.ts'
import type { FoundStudy } from '../study-index/search-studies.ts'
import { resolveBulkDataUris } from '../dicom/resolve-bulk-data-uris.ts'
import type { Attributes } from '../study-index/attribute-values.ts'

type Fields = ReadonlySet<string> | 'all'

/** PS3.18 Table 10.6.3-3: what every study result holds, beside the counts and URL that are computed. */
const studyFields = new Set(
  '00080020 00080030 00080050 00080090 00080201 00081030 00100010 00100020 00100021 00100030 00100040 0020000D 00200010'.split(
    ' ',
  ),
)
/** PS3.18 Table 10.6.3-4. */
const seriesFields = new Set(
  '00080021 00080031 00080060 00080201 0008103E 00180015 00200060 0020000E 00200011 00400244 00400245 00400275'.split(
    ' ',
  ),
)
/** PS3.18 Table 10.6.3-5, those without a column. */
const instanceFields = new Set(['00080201'])

/** @param url absolute URL of the DICOMweb root */
export function studyResult(study: FoundStudy, fields: Fields, url: string): Attributes {
  return sorted({ ...ofStudy(study, fields, url), '00080056': availability(study.isArchived) })
}

/** @param withStudy also the study's attributes: the search did not name one study */
export function seriesResult(row: SeriesRow, fields: Fields, url: string, withStudy: boolean): Attributes {
  return sorted({
    ...(withStudy ? ofStudy(row.study, fields, url) : {}),
    ...utf8,
    ...ofSeries(row, fields, url),
    '00080056': availability(row.isArchived),
  })
}

export function instanceResult(
  row: InstanceRow,
  fields: Fields,
  url: string,
  { withStudy, withSeries, hasArchive }: Record<'withStudy' | 'withSeries' | 'hasArchive', boolean>,
): Attributes {
  const { study, series, instance } = row
  const own = `${url}/studies/${study.studyInstanceUid}/series/${series.seriesInstanceUid}/instances/${instance.sopInstanceUid}`
  const all: Attributes =
    instance.metadata === null
      ? {}
      : (JSON.parse(resolveBulkDataUris(instance.metadata, `${own}/bulkdata/`)) as Attributes)
  return sorted({
    ...(withStudy ? ofStudy(study, fields, url) : {}),
    ...(withSeries ? ofSeries(row, fields, url) : {}),
    ...utf8,
    ...pick(all, instanceFields, fields === 'all' ? withoutBulk(all) : fields),
    '00080016': { vr: 'UI', Value: [instance.sopClassUid] },
    '00080018': { vr: 'UI', Value: [instance.sopInstanceUid] },
    '00080056': availability(hasArchive && isArchived(instance)),
    '00081190': { vr: 'UR', Value: [own] },
    '0020000D': { vr: 'UI', Value: [study.studyInstanceUid] },
    '0020000E': { vr: 'UI', Value: [series.seriesInstanceUid] },
    '00200013': numbers('IS', instance.instanceNumber),
    ...(instance.frames > 0
      ? {
          '00280008': numbers('IS', instance.frames),
          '00280010': numbers('US', instance.rows),
          '00280011': numbers('US', instance.columns),
          '00280100': numbers('US', instance.bitsAllocated),
        }
      : {}),
  })
}

/**
 * NEARLINE is what only a recall makes readable (Instance Availability, PS3.3 §C.4.23.1.1): an instance of which that is
 * so, and a series or study with one, since whoever retrieves it as a whole waits for the last of it.
 */
function availability(isArchived: boolean): Attributes[string] {
  return { vr: 'CS', Value: [isArchived ? 'NEARLINE' : 'ONLINE'] }
}

function isArchived({ storageTier, heldByArchive, recalledUntil }: InstanceRow['instance']): boolean {
  return storageTier === 'cold' && !heldByArchive && !(recalledUntil !== null && recalledUntil > new Date())
}

/** DICOM JSON is always UTF-8, whatever the file declares (PS3.18 §F.2). */
const utf8: Attributes = { '00080005': { vr: 'CS', Value: ['ISO_IR 192'] } }

/** Without what only the level that was searched for says. */
function ofStudy(study: Omit<FoundStudy, 'isArchived'>, fields: Fields, url: string): Attributes {
  return {
    ...required(studyFields),
    ...pick(study.attributes, studyFields, fields),
    ...utf8,
    '00080061': { vr: 'CS', Value: study.modalities },
    ...(includes(fields, '00080062') ? { '00080062': { vr: 'UI', Value: study.sopClassUids } } : {}),
    '00081190': { vr: 'UR', Value: [`${url}/studies/${study.studyInstanceUid}`] },
    '0020000D': { vr: 'UI', Value: [study.studyInstanceUid] },
    '00201206': { vr: 'IS', Value: [study.seriesCount] },
    '00201208': { vr: 'IS', Value: [study.instanceCount] },
  }
}

function ofSeries(
  { study, series }: Pick<SeriesRow, 'study' | 'series'>,
  fields: Fields,
  url: string,
): Attributes {
  return {
    ...pick(series.attributes, seriesFields, fields),
    '00080060': series.modality ? { vr: 'CS', Value: [series.modality] } : { vr: 'CS' },
    '00081190': {
      vr: 'UR',
      Value: [`${url}/studies/${study.studyInstanceUid}/series/${series.seriesInstanceUid}`],
    },
    '0020000D': { vr: 'UI', Value: [study.studyInstanceUid] },
    '0020000E': { vr: 'UI', Value: [series.seriesInstanceUid] },
    '00200011': numbers('IS', series.seriesNumber),
    '00201209': { vr: 'IS', Value: [series.instanceCount] },
  }
}

/** Type 2 attributes of the answer are there without a value when the images have none. */
function required(fields: ReadonlySet<string>): Attributes {
  const vrs: Record<string, string> = {
    '00080020': 'DA',
    '00080030': 'TM',
    '00080050': 'SH',
    '00080090': 'PN',
    '00100010': 'PN',
    '00100020': 'LO',
    '00100030': 'DA',
    '00100040': 'CS',
    '00200010': 'SH',
  }
  return Object.fromEntries(
    Object.entries(vrs)
      .filter(([tag]) => fields.has(tag))
      .map(([tag, vr]) => [tag, { vr }]),
  )
}

function pick(attributes: Attributes, usual: ReadonlySet<string>, fields: Fields): Attributes {
  if (fields === 'all') return attributes
  return Object.fromEntries(Object.entries(attributes).filter(([tag]) => usual.has(tag) || fields.has(tag)))
}

function withoutBulk(attributes: Attributes): ReadonlySet<string> {
  return new Set(Object.keys(attributes).filter((tag) => attributes[tag]?.BulkDataURI === undefined))
}

function includes(fields: Fields, tag: string): boolean {
  return fields === 'all' || fields.has(tag)
}

function numbers(vr: string, value: number | null) {
  return value === null ? { vr } : { vr, Value: [value] }
}

/** Tags ascending (PS3.18 §F.2.2), but for those that look like array indices: `dicomJsonText` writes them in their place. */
function sorted(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)))
}
