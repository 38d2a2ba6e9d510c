import type { JsonAttributes } from '../dicom/to-native-xml.ts'

/** Code value, coding scheme designator, code meaning (PS3.3 §8.8). */
export type Code = readonly [value: string, scheme: string, meaning: string]
export type Reference = { sopClassUid: string; sopInstanceUid: string; frame: number; frames: number }
type Relationship = 'CONTAINS' | 'HAS OBS CONTEXT' | 'HAS CONCEPT MOD' | 'INFERRED FROM' | 'SELECTED FROM'

/** An attribute of DICOM JSON. */
export const attribute = (vr: string, ...values: unknown[]) => ({ vr, Value: values })
export const empty = (vr: string) => ({ vr })

export function codeItem([value, scheme, meaning]: Code): JsonAttributes {
  return {
    '00080100': attribute('SH', value),
    '00080102': attribute('SH', scheme),
    '00080104': attribute('LO', meaning),
  }
}

function item(
  relationship: Relationship,
  type: string,
  concept: Code | null,
  rest: JsonAttributes,
): JsonAttributes {
  return {
    '0040A010': attribute('CS', relationship),
    '0040A040': attribute('CS', type),
    ...(concept ? { '0040A043': attribute('SQ', codeItem(concept)) } : {}),
    ...rest,
  }
}

/** A container with what it holds (PS3.3 §C.17.3). @param template identifier of DCMR, where the content follows one */
export function container(concept: Code, content: JsonAttributes[], template?: string): JsonAttributes {
  return item('CONTAINS', 'CONTAINER', concept, {
    '0040A050': attribute('CS', 'SEPARATE'),
    ...(template ? { '0040A504': attribute('SQ', templateItem(template)) } : {}),
    '0040A730': attribute('SQ', ...content),
  })
}

export function templateItem(template: string): JsonAttributes {
  return { '00080105': attribute('CS', 'DCMR'), '0040DB00': attribute('CS', template) }
}

export function textItem(relationship: Relationship, concept: Code, text: string): JsonAttributes {
  return item(relationship, 'TEXT', concept, { '0040A160': attribute('UT', text) })
}

export function codedItem(relationship: Relationship, concept: Code, value: Code): JsonAttributes {
  return item(relationship, 'CODE', concept, { '0040A168': attribute('SQ', codeItem(value)) })
}

export function personItem(relationship: Relationship, concept: Code, name: string): JsonAttributes {
  return item(relationship, 'PNAME', concept, { '0040A123': attribute('PN', { Alphabetic: name }) })
}

export function uidItem(relationship: Relationship, concept: Code, uid: string): JsonAttributes {
  return item(relationship, 'UIDREF', concept, { '0040A124': attribute('UI', uid) })
}

/** A figure with its unit and where on the image it was taken. */
export function numberItem(
  concept: Code,
  value: number,
  unit: Code,
  content: JsonAttributes[],
): JsonAttributes {
  return item('CONTAINS', 'NUM', concept, {
    '0040A300': attribute('SQ', {
      '004008EA': attribute('SQ', codeItem(unit)),
      '0040A30A': attribute('DS', decimal(value)),
    }),
    ...(content.length > 0 ? { '0040A730': attribute('SQ', ...content) } : {}),
  })
}

/** Places on a frame, column and row in turn (PS3.3 §C.18.6). */
export function placeItem(
  relationship: 'CONTAINS' | 'INFERRED FROM',
  concept: Code | null,
  type: 'POINT' | 'MULTIPOINT' | 'POLYLINE' | 'ELLIPSE',
  points: readonly (readonly [number, number])[],
  image: Reference,
): JsonAttributes {
  return item(relationship, 'SCOORD', concept, {
    '00700022': attribute('FL', ...points.flat()),
    '00700023': attribute('CS', type),
    '0040A730': attribute('SQ', imageItem('SELECTED FROM', image)),
  })
}

export function imageItem(relationship: Relationship, image: Reference): JsonAttributes {
  return item(relationship, 'IMAGE', null, { '00081199': attribute('SQ', referenceItem(image)) })
}

/** PS3.3 Table 10-3: frames are named where there are several. */
export function referenceItem({ sopClassUid, sopInstanceUid, frame, frames }: Reference): JsonAttributes {
  return {
    '00081150': attribute('UI', sopClassUid),
    '00081155': attribute('UI', sopInstanceUid),
    ...(frames > 1 ? { '00081160': attribute('IS', frame) } : {}),
  }
}

/** At most 16 characters (PS3.5 §6.2). */
function decimal(value: number): number {
  return Number(value.toPrecision(9))
}
