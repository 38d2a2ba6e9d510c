import { expect, test } from 'vitest'
import { calibrationOf, type CalibrationOf } from './calibration.ts'
import { imageAttributes } from './image-attributes.ts'
import { knownLength, parseMillimetres } from './known-length.ts'
import { measure } from './measure.ts'

const digitalXray = '1.2.840.10008.5.1.4.1.1.1.1'
const ct = '1.2.840.10008.5.1.4.1.1.2'

/** Calibration of an image that says this of itself. */
function of(values: Record<string, unknown[]>, sopClassUid = digitalXray): CalibrationOf {
  const metadata = Object.fromEntries(
    Object.entries(values).map(([tag, Value]) => [tag, { vr: 'DS', Value }]),
  )
  return calibrationOf(imageAttributes(metadata, sopClassUid).spacing, null)
}

// PS3.3 §10.7.1: what Pixel Spacing means on a projection depends on what else is said.
test.each<[string, Record<string, unknown[]>, CalibrationOf['kind'], number | null]>([
  ['nothing', {}, 'none', null],
  ['the detector alone', { '00181164': [0.1, 0.1] }, 'detector', 0.1],
  ['detector and magnification', { '00181164': [0.1, 0.1], '00181114': [1.25] }, 'magnification', 0.08],
  [
    'Pixel Spacing that only repeats the detector',
    { '00181164': [0.1, 0.1], '00280030': [0.1, 0.1] },
    'detector',
    0.1,
  ],
  [
    'Pixel Spacing that only repeats the detector, and a magnification',
    { '00181164': [0.1, 0.1], '00280030': [0.1, 0.1], '00181114': [1.25] },
    'magnification',
    0.08,
  ],
  [
    'Pixel Spacing corrected by geometry',
    { '00181164': [0.1, 0.1], '00280030': [0.08, 0.08], '00280A02': ['GEOMETRY'], '00181114': [1.25] },
    'geometry',
    0.08,
  ],
  ['Pixel Spacing by a fiducial', { '00280030': [0.09, 0.09], '00280A02': ['FIDUCIAL'] }, 'fiducial', 0.09],
  [
    'Pixel Spacing that differs from the detector and does not say why',
    { '00181164': [0.1, 0.1], '00280030': [0.08, 0.08] },
    'unknown',
    0.08,
  ],
  ['Pixel Spacing alone', { '00280030': [0.14, 0.14] }, 'unknown', 0.14],
  ['a film that was scanned', { '00182010': [0.05, 0.05] }, 'detector', 0.05],
  ['zero', { '00181164': [0, 0] }, 'none', null],
  ['a negative number', { '00280030': [-0.1, 0.1] }, 'none', null],
  ['one number of two', { '00280030': [0.1] }, 'none', null],
  ['words', { '00280030': ['a', 'b'] }, 'none', null],
  ['a magnification below 1', { '00181164': [0.1, 0.1], '00181114': [0.8] }, 'detector', 0.1],
])('an image that says %s is measured so', (_, values, kind, column) => {
  const found = of(values)
  expect(found.kind).toBe(kind)
  expect(found.spacing?.[1] ?? null).toEqual(column === null ? null : expect.closeTo(column, 9))
})

test('a slice is measured by its spacing, whatever else it says', () => {
  expect(of({ '00280030': [0.4, 0.4] }, ct)).toMatchObject({ kind: 'plane', spacing: [0.4, 0.4] })
})

test('the shared measures of a multi-frame volume count', () => {
  const metadata = {
    '52009229': {
      vr: 'SQ',
      Value: [{ '00289110': { vr: 'SQ', Value: [{ '00280030': { vr: 'DS', Value: [0.3, 0.3] } }] } }],
    },
  }
  const { spacing } = imageAttributes(metadata, '1.2.840.10008.5.1.4.1.1.2.1')
  expect(calibrationOf(spacing, null)).toMatchObject({ kind: 'plane', spacing: [0.3, 0.3] })
})

const unknown = imageAttributes({}, digitalXray).spacing
const square = calibrationOf(unknown, null)
const tall = calibrationOf({ ...unknown, pixelAspect: 2 }, null)

test('without calibration there are pixels and no millimetres, whatever is measured', () => {
  const line = measure(
    'length',
    [
      [0, 0],
      [30, 40],
    ],
    square,
  )
  expect(line).toEqual({ value: 50, unit: 'px', calibration: 'none' })
  expect(
    measure(
      'ellipse',
      [
        [0, 0],
        [20, 10],
      ],
      square,
    ),
  ).toMatchObject({ unit: 'px2' })
  expect(
    measure(
      'freehand',
      [
        [0, 0],
        [4, 0],
        [4, 3],
      ],
      square,
    ),
  ).toEqual({
    value: 6,
    unit: 'px2',
    calibration: 'none',
  })
})

// a ruler that said 0.35 mm for 111.8 mm: rows and columns have spacings of their own, the row's first
test('spacing is applied row first, and pixels that are not square bend no length and no angle', () => {
  const oblong = of({ '00280030': [0.2, 0.1] }, ct)
  expect(
    measure(
      'length',
      [
        [0, 0],
        [30, 0],
      ],
      oblong,
    )?.value,
  ).toBeCloseTo(3)
  expect(
    measure(
      'length',
      [
        [0, 0],
        [0, 30],
      ],
      oblong,
    )?.value,
  ).toBeCloseTo(6)
  expect(
    measure(
      'angle',
      [
        [20, 0],
        [0, 0],
        [20, 10],
      ],
      oblong,
    )?.value,
  ).toBeCloseTo(45)
  expect(
    measure(
      'angle',
      [
        [20, 0],
        [0, 0],
        [20, 10],
      ],
      tall,
    ),
  ).toMatchObject({ unit: 'deg' })
  expect(
    measure(
      'angle',
      [
        [20, 0],
        [0, 0],
        [20, 10],
      ],
      tall,
    )?.value,
  ).toBeCloseTo(45)
  expect(
    measure(
      'length',
      [
        [0, 0],
        [0, 10],
      ],
      tall,
    )?.value,
  ).toBeCloseTo(20)
  expect(
    measure(
      'ellipse',
      [
        [0, 0],
        [20, 10],
      ],
      oblong,
    )?.value,
  ).toBeCloseTo(Math.PI)
})

test('a known length counts before all that the image says, with its pixel aspect', () => {
  const detector = imageAttributes({ '00181164': { vr: 'DS', Value: [0.2, 0.1] } }, digitalXray).spacing
  const known = knownLength([
    {
      kind: 'calibration',
      points: [
        [0, 0],
        [10, 0],
      ],
      millimetres: '99',
    },
    {
      kind: 'calibration',
      points: [
        [0, 0],
        [0, 50],
      ],
      millimetres: '12,5',
    },
  ])
  const found = calibrationOf(detector, known)
  expect(found).toMatchObject({ kind: 'hand', spacing: [0.25, 0.125] })
  expect(
    measure(
      'length',
      [
        [0, 0],
        [0, 50],
      ],
      found,
    ),
  ).toEqual({ value: 12.5, unit: 'mm', calibration: 'hand' })
})

test('a known length that is no length, or a line of a few pixels, calibrates nothing', () => {
  for (const typed of ['', '0', '-3', '1e3', 'about 10', '5000']) expect(parseMillimetres(typed)).toBeNull()
  expect(parseMillimetres(' 7,25 mm')).toBe(7.25)
  const short = {
    points: [
      [0, 0],
      [2, 0],
    ] as [number, number][],
    millimetres: 5,
  }
  expect(calibrationOf(unknown, short).kind).toBe('none')
})

test('a Cobb angle is that of two lines, whichever way they were drawn', () => {
  const up = measure(
    'cobb',
    [
      [0, 0],
      [10, 0],
      [0, 5],
      [10, 15],
    ],
    square,
  )
  const down = measure(
    'cobb',
    [
      [0, 0],
      [10, 0],
      [10, 15],
      [0, 5],
    ],
    square,
  )
  expect(up?.value).toBeCloseTo(45)
  expect(down?.value).toBeCloseTo(45)
})

test('what is not drawn to its end has no figure', () => {
  expect(measure('length', [[0, 0]], square)).toBeNull()
  expect(
    measure(
      'angle',
      [
        [0, 0],
        [1, 1],
      ],
      square,
    ),
  ).toBeNull()
  expect(
    measure(
      'arrow',
      [
        [0, 0],
        [1, 1],
      ],
      square,
    ),
  ).toBeNull()
})
