import type { Attributes } from './attribute-values.ts'

/**
 * Attributes of the patient and the study, from PS3.3 modules Patient, General Study and Patient Study: what a
 * study-level search may return beside its computed ones.
 */
const studyTags = new Set(
  `00080005 00080020 00080030 00080050 00080051 00080090 00080096 00080201 00081030 00081032 00081048 00081049 00081060
  00081062 00081080 00081084 00081110 00081120 00100010 00100020 00100021 00100022 00100024 00100030 00100032 00100040
  00100212 00100213 00101000 00101001 00101002 00101010 00101020 00101030 00102160 00102180 001021B0 001021C0 00104000
  0020000D 00200010 00321032 00321033 00321060 00321064 00401012 00380010 00380014`.split(/\s+/),
)

/** Attributes of the series and its equipment, from General Series, General Equipment and Frame of Reference. */
const seriesTags = new Set(
  `00080005 00080021 00080031 00080060 00080068 00080070 00080080 00080081 00080201 0008103E 0008103F 00081010 00081040 00081050
  00081070 00081072 00081090 00081111 00081250 00180010 00180015 00181000 00181020 00181030 00185100 0020000E 00200011
  00200052 00200060 00201040 00400244 00400245 00400250 00400251 00400253 00400254 00400260 00400275 00400280`.split(
    /\s+/,
  ),
)

export function studyAttributes(attributes: Attributes): Attributes {
  return pick(attributes, studyTags)
}

export function seriesAttributes(attributes: Attributes): Attributes {
  return pick(attributes, seriesTags)
}

function pick(attributes: Attributes, tags: ReadonlySet<string>): Attributes {
  return withoutBulk(Object.fromEntries(Object.entries(attributes).filter(([tag]) => tags.has(tag))))
}

/** A BulkDataURI names a value of one instance (PS3.18 F.2.6); a study and a series have none. */
function withoutBulk(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([, { BulkDataURI }]) => BulkDataURI === undefined)
      .map(([tag, attribute]) => [
        tag,
        attribute.vr === 'SQ' && attribute.Value
          ? { ...attribute, Value: (attribute.Value as Attributes[]).map(withoutBulk) } // SQ holds items
          : attribute,
      ]),
  )
}
