import { expect, test } from 'vitest'
import { commonWindow, doubtsOf, scaleByMillimetres, type Compared } from './comparability.ts'
import { imageFacts } from './image-facts.ts'

const ds = (...values: (number | string)[]) => ({ vr: 'DS', Value: values })
const panoramic = {
  '00080060': { vr: 'CS', Value: ['PX'] },
  '00080070': { vr: 'LO', Value: ['Acme'] },
  '00081090': { vr: 'LO', Value: ['Pan 3'] },
  '00280004': { vr: 'CS', Value: ['MONOCHROME2'] },
  '00280010': { vr: 'US', Value: [1468] },
  '00280011': { vr: 'US', Value: [2888] },
  '00280101': { vr: 'US', Value: [12] },
  '00181164': ds(0.1, 0.1),
  '00281050': ds('2048'),
  '00281051': ds('4096'),
}
const of = (metadata: Record<string, unknown>, part: Partial<Compared> = {}): Compared => ({
  kind: 'panoramic',
  teeth: [],
  studyDate: '2026-01-01',
  facts: imageFacts({ ...panoramic, ...metadata }),
  ...part,
})
const later = { studyDate: '2026-11-03' }

test('two of one machine, one window and one spacing give no doubt', () => {
  expect(doubtsOf(of({}), of({}, later))).toEqual([])
})

test.each([
  ['kind', of({}, { ...later, kind: 'bitewing' })],
  ['device', of({ '00081090': { vr: 'LO', Value: ['Pan 4'] } }, later)],
  ['side', of({ '00200062': { vr: 'CS', Value: ['L'] } }, later)],
  ['view', of({ '00185101': { vr: 'CS', Value: ['PA'] } }, later)],
  ['teeth', of({}, { ...later, teeth: ['24'] })],
  ['size-unknown', of({ '00181164': undefined }, later)],
  ['size-unknown', of({ '00181114': ds(1.2) }, later)],
  ['brightness', of({ '00280101': { vr: 'US', Value: [16] } }, later)],
  ['same-day', of({})],
] as const)('a difference of %s is told', (doubt, other) => {
  const first = of(
    { '00200062': { vr: 'CS', Value: ['R'] }, '00185101': { vr: 'CS', Value: ['AP'] } },
    { teeth: ['14'] },
  )
  expect(doubtsOf(first, other)).toEqual([doubt])
})

test('both are shown with one window, the first one’s if it has one', () => {
  const [first, other] = [of({}).facts, of({ '00281050': ds(1000), '00281051': ds(900) }).facts]
  const none = of({ '00281050': undefined }).facts
  expect(commonWindow(first, other)).toEqual({ center: 2048, width: 4096, function: 'linear' })
  expect(commonWindow(none, other)).toEqual({ center: 1000, width: 900, function: 'linear' })
  expect(commonWindow(none, none)).toBeNull()
})

// PS3.3 §10.7: of the detector, corrected for magnification, or of the patient; never one for the other
test('millimetres are compared only where they are measured in the same plane', () => {
  const detector = of({}).facts
  const finer = of({ '00181164': ds(0.05, 0.05) }).facts
  const corrected = of({ '00181114': ds(1.25) }).facts
  const patient = of({ '00280030': ds(0.08, 0.08) }).facts
  expect([corrected.pixelMm, corrected.pixelMmFrom]).toEqual([0.08, 'magnification'])
  expect([patient.pixelMm, patient.pixelMmFrom]).toEqual([0.08, 'patient'])
  expect(imageFacts({ ...panoramic, '00280030': ds(0.1, 0.1) }).pixelMmFrom).toBe('detector')
  expect(scaleByMillimetres(detector, finer)).toBe(0.5)
  expect(scaleByMillimetres(detector, corrected)).toBeNull()
  expect(scaleByMillimetres(detector, of({ '00181164': undefined }).facts)).toBeNull()
})

test('pixels that are not square are made so', () => {
  const tall = imageFacts({ ...panoramic, '00181164': ds(0.2, 0.1) })
  expect([tall.width, tall.height]).toEqual([2888, 2936])
  const byRatio = imageFacts({
    ...panoramic,
    '00181164': undefined,
    '00280034': { vr: 'IS', Value: ['1', '2'] },
  })
  expect([byRatio.width, byRatio.height]).toEqual([2888, 734])
})
