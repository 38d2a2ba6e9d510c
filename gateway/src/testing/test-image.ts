import { randomInt } from 'node:crypto'
import { element, part10, uint16 } from '../dicom/testing.ts'

export type TestImage = {
  study: string
  series: string
  instance: string
  /** `/studies/…/series/…/instances/…` */
  path: string
  file: Buffer
}

/** A UID under 2.25, never the same twice. */
export function newUid(): string {
  return `2.25.${Date.now()}${randomInt(1, 1e12)}`
}

/**
 * A small grey image in Explicit VR Little Endian, UTF-8.
 *
 * @param attributes further elements, or others than the usual: text by tag with its VR, such as `{ '00100010': ['PN', 'Côté^Zoé'] }`;
 *   null leaves one out
 */
export function testImage({
  study = newUid(),
  series = newUid(),
  instance = newUid(),
  attributes = {},
  grey = 128,
  side = 16,
}: {
  study?: string
  series?: string
  instance?: string
  attributes?: Record<string, readonly [vr: string, value: string | Uint8Array] | null>
  grey?: number
  side?: number
} = {}): TestImage {
  const elements: Record<string, readonly [string, string | Uint8Array] | null> = {
    '00080005': ['CS', 'ISO_IR 192'],
    '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.1.3'], // Digital Intra-Oral X-Ray, for presentation
    '00080018': ['UI', instance],
    '00080020': ['DA', '20240131'],
    '00080030': ['TM', '101530'],
    '00080060': ['CS', 'IO'],
    '00100010': ['PN', 'Testperson^Anna'],
    '00100020': ['LO', 'T-1'],
    '0020000D': ['UI', study],
    '0020000E': ['UI', series],
    '00200013': ['IS', '1'],
    '00280002': ['US', uint16(1)],
    '00280004': ['CS', 'MONOCHROME2'],
    '00280010': ['US', uint16(side)],
    '00280011': ['US', uint16(side)],
    '00280100': ['US', uint16(8)],
    '00280101': ['US', uint16(8)],
    '00280102': ['US', uint16(7)],
    '00280103': ['US', uint16(0)],
    '00280301': ['CS', 'NO'],
    '7FE00010': ['OW', Buffer.alloc(side * side, grey)],
    ...attributes,
  }
  const dataSet = Object.entries(elements)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([tag, given]) => {
      if (!given) return []
      const [vr, value] = given
      return element(tag, vr, typeof value === 'string' ? Buffer.from(value, 'utf8') : value)
    })
  return {
    study,
    series,
    instance,
    path: `/studies/${study}/series/${series}/instances/${instance}`,
    file: part10(dataSet),
  }
}
