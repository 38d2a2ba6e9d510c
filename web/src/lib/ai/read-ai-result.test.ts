import { expect, test } from 'vitest'
import { readAiResult } from './read-ai-result.ts'

type Attributes = Record<string, { vr: string; Value?: unknown[] }>
const comprehensive = '1.2.840.10008.5.1.4.1.1.88.33'
const grayscale = '1.2.840.10008.5.1.4.1.1.11.1'

const code = (value: string, scheme: string, meaning: string): Attributes => ({
  '00080100': { vr: 'SH', Value: [value] },
  '00080102': { vr: 'SH', Value: [scheme] },
  '00080104': { vr: 'LO', Value: [meaning] },
})
const item = (
  type: string,
  concept: Attributes | null,
  rest: Attributes,
  children: Attributes[] = [],
): Attributes => ({
  '0040A040': { vr: 'CS', Value: [type] },
  ...(concept ? { '0040A043': { vr: 'SQ', Value: [concept] } } : {}),
  ...rest,
  ...(children.length > 0 ? { '0040A730': { vr: 'SQ', Value: children } } : {}),
})
const text = (concept: Attributes, value: string) =>
  item('TEXT', concept, { '0040A160': { vr: 'UT', Value: [value] } })
const coded = (concept: Attributes, value: Attributes, children: Attributes[] = []) =>
  item('CODE', concept, { '0040A168': { vr: 'SQ', Value: [value] } }, children)
const number = (concept: Attributes, value: number, unit: Attributes) =>
  item('NUM', concept, {
    '0040A300': {
      vr: 'SQ',
      Value: [{ '0040A30A': { vr: 'DS', Value: [value] }, '004008EA': { vr: 'SQ', Value: [unit] } }],
    },
  })
const image = (uid: string, frame?: number) =>
  item('IMAGE', null, {
    '00081199': {
      vr: 'SQ',
      Value: [
        {
          '00081155': { vr: 'UI', Value: [uid] },
          ...(frame ? { '00081160': { vr: 'IS', Value: [frame] } } : {}),
        },
      ],
    },
  })
const place = (type: string, points: number[], children: Attributes[]) =>
  item(
    'SCOORD',
    code('111030', 'DCM', 'Image Region'),
    { '00700022': { vr: 'FL', Value: points }, '00700023': { vr: 'CS', Value: [type] } },
    children,
  )
const observer = code('121005', 'DCM', 'Observer Type')
const device = coded(observer, code('121007', 'DCM', 'Device'))
const group = (...children: Attributes[]) =>
  item('CONTAINER', code('125007', 'DCM', 'Measurement Group'), {}, children)
const finding = (value: Attributes) => coded(code('121071', 'DCM', 'Finding'), value)
const caries = code('80967001', 'SCT', 'Dental caries')

const report = (children: Attributes[], rest: Attributes = {}): Attributes => ({
  '00080018': { vr: 'UI', Value: ['1.2.3'] },
  '00080023': { vr: 'DA', Value: ['20261121'] },
  '00080070': { vr: 'LO', Value: ['Maker'] },
  '00081090': { vr: 'LO', Value: ['Model'] },
  ...rest,
  ...item('CONTAINER', code('126000', 'DCM', 'Imaging Measurement Report'), {}, children),
})

test('a measurement report tells what was found, on which tooth and surface, how certainly and where', () => {
  const result = readAiResult(
    report([
      device,
      text(code('111001', 'DCM', 'Algorithm Name'), 'Caries Finder'),
      text(code('111003', 'DCM', 'Algorithm Version'), '2.1'),
      group(
        item('UIDREF', code('112040', 'DCM', 'Tracking UID'), {
          '0040A124': { vr: 'UI', Value: ['2.25.7'] },
        }),
        finding(caries),
        coded(code('363698007', 'SCT', 'Finding Site'), code('865995000', 'SCT', 'a first molar'), [
          coded(
            code('106233006', 'SCT', 'Topographical modifier'),
            code('x', '99X', 'Mesio-occlusal surface'),
          ),
        ]),
        number(code('111012', 'DCM', 'Certainty of Finding'), 87, code('%', 'UCUM', 'Percent')),
        number(code('42798000', 'SCT', 'Area'), 3.5, code('mm2', 'UCUM', 'square millimeter')),
        place('POLYLINE', [10, 10, 20, 10, 20, 20, 10, 10], [image('9.8', 2)]),
        place('CIRCLE', [5, 5, 5, 9], [image('9.8')]),
      ),
    ]),
    comprehensive,
  )
  expect(result).toMatchObject({
    sopInstanceUid: '1.2.3',
    software: { name: 'Caries Finder', version: '2.1' },
    day: '2026-11-21',
  })
  expect(result?.findings).toEqual([
    {
      id: '2.25.7',
      name: 'Dental caries',
      kind: 'caries',
      tooth: '16',
      surfaces: ['M', 'O'],
      confidence: 0.87,
      remarks: ['Area: 3.5 mm2'],
      regions: [
        {
          sopInstanceUid: '9.8',
          frame: 2,
          shape: 'line',
          points: [
            [10, 10],
            [20, 10],
            [20, 20],
            [10, 10],
          ],
        },
        {
          sopInstanceUid: '9.8',
          frame: null,
          shape: 'circle',
          points: [
            [5, 5],
            [5, 9],
          ],
        },
      ],
    },
  ])
})

// PS3.16 TID 1500 lets coordinates refer to an image in the image library by its place in the tree
test('coordinates find the image that they refer to elsewhere in the report', () => {
  const reference = { '0040DB73': { vr: 'UL', Value: [1, 2, 1] } }
  const result = readAiResult(
    report([
      device,
      item('CONTAINER', code('111028', 'DCM', 'Image Library'), {}, [image('9.9')]),
      item('CONTAINER', code('126010', 'DCM', 'Imaging Measurements'), {}, [
        item('NUM', code('1', '99X', 'Bone loss'), {}, [place('POINT', [3, 4], [reference])]),
      ]),
    ]),
    comprehensive,
  )
  expect(result?.findings).toMatchObject([
    { id: '1.3.1', name: 'Bone loss', kind: null, regions: [{ sopInstanceUid: '9.9', points: [[3, 4]] }] },
  ])
})

test("a person's report, this system's own and one without findings are nobody's software", () => {
  const marked = group(finding(caries), place('POINT', [1, 1], [image('9.8')]))
  const person = coded(observer, code('121006', 'DCM', 'Person'))
  expect(readAiResult(report([person, marked]), comprehensive)).toBeNull()
  const bitewing = { vr: 'LO', Value: ['Bitewing'] }
  const own = { '00080070': bitewing, '00081090': bitewing }
  expect(readAiResult(report([device, marked], own), comprehensive)).toBeNull()
  expect(readAiResult(report([device]), comprehensive)).toBeNull()
  expect(readAiResult(report([device, marked]), '1.2.840.10008.5.1.4.1.1.1.3')).toBeNull()
  expect(readAiResult(report([device, marked]), comprehensive)?.software.name).toBe('Model')
})

test('a presentation state of software is drawn in pixels, whatever units it is in; one of a person is not', () => {
  const reference = { '00081155': { vr: 'UI', Value: ['9.8'] } }
  const graphic = (units: string, type: string, data: number[]) => ({
    '00700005': { vr: 'CS', Value: [units] },
    '00700022': { vr: 'FL', Value: data },
    '00700023': { vr: 'CS', Value: [type] },
  })
  const state: Attributes = {
    '00080018': { vr: 'UI', Value: ['1.2.4'] },
    '00080070': { vr: 'LO', Value: ['Maker'] },
    '0070005A': {
      vr: 'SQ',
      Value: [{ '00700052': { vr: 'SL', Value: [1, 1] }, '00700053': { vr: 'SL', Value: [200, 100] } }],
    },
    '00700001': {
      vr: 'SQ',
      Value: [
        {
          '00081140': { vr: 'SQ', Value: [reference] },
          '00700008': { vr: 'SQ', Value: [{ '00700006': { vr: 'ST', Value: ['Periapical lesion'] } }] },
          '00700009': {
            vr: 'SQ',
            Value: [
              graphic('DISPLAY', 'CIRCLE', [0.5, 0.5, 0.6, 0.5]),
              graphic('PIXEL', 'POLYLINE', [1, 2, 3, 4]),
            ],
          },
        },
      ],
    },
  }
  expect(readAiResult(state, grayscale)?.findings).toMatchObject([
    {
      name: 'Periapical lesion',
      kind: 'periapical',
      regions: [
        {
          shape: 'circle',
          points: [
            [100, 50],
            [120, 50],
          ],
        },
        {
          shape: 'line',
          points: [
            [1, 2],
            [3, 4],
          ],
        },
      ],
    },
  ])
  const drawnBy = { ...state, '00700084': { vr: 'PN', Value: [{ Alphabetic: 'Roy' }] } }
  expect(readAiResult(drawnBy, grayscale)).toBeNull()
})

test('what is malformed is left out, and harms nothing', () => {
  const broken = [
    place('CIRCLE', [1, 1], [image('9.8')]),
    place('SPIRAL', [1, 1], [image('9.8')]),
    place('POINT', [Number.NaN, 1], [image('9.8')]),
    place('POINT', [1, 1], []),
  ]
  const result = readAiResult(report([device, group(finding(caries), ...broken)]), comprehensive)
  expect(result?.findings).toMatchObject([{ name: 'Dental caries', regions: [] }])
  let deep: Attributes = place('POINT', [1, 1], [image('9.8')])
  for (let level = 0; level < 5000; level++) deep = item('CONTAINER', null, {}, [deep])
  expect(readAiResult(report([device, deep]), comprehensive)).toBeNull()
})
