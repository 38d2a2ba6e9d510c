import { phantomTruth } from '@bitewing/demo/truth'
import type { FramePoint } from '@bitewing/db'
import { expect, test } from 'vitest'
import { facePlane, type Landmarks } from './face-plane.ts'
import { landmarks } from './landmark-text.ts'
import { measureAll } from './measures.ts'
import { deviation, norms } from './norms.ts'
import { superimpose } from './superimpose.ts'
import { cephCalibration } from './traced.ts'

/** As somebody would trace the demo's cephalogram who makes no mistakes. */
function tracedOf(phase: 'T0' | 'T2') {
  const { cephalogram, teeth } = phantomTruth('cote', phase)
  const places: Landmarks<FramePoint> = {}
  for (const landmark of landmarks) {
    const at = cephalogram[landmark]
    if (at) places[landmark] = [at.column, at.row]
  }
  return { ...facePlane(places, 1), teeth }
}
const [before, after] = [tracedOf('T0'), tracedOf('T2')]
const degrees = (radians: number) => (radians * 180) / Math.PI

test('the traced truth of a phantom gives the angles of its solids', () => {
  for (const { points, facing, teeth } of [before, after]) {
    const found = measureAll(points)
    expect(facing).toBe('right')
    // axes of the incisors as solids in space, seen from the side (y to the back, z up): no landmark is in this
    const leans = (...fdi: string[]) =>
      fdi.map((each) => {
        const [, y, z] = teeth[each]?.axis ?? [0, 0, 0]
        return degrees(Math.atan2(z, -y))
      })
    // the foremost incisor may be of either side
    const between = leans('11', '21').flatMap((upper) =>
      leans('31', '41').map((lower) => (lower - upper + 360) % 360),
    )
    const value = found.get('U1-L1') ?? Number.NaN
    expect(Math.min(...between.map((each) => Math.abs(each - value)))).toBeLessThan(0.01)
    // S–N rises by the drawn skull's 8.5 mm in 72.95 mm over the level Frankfort horizontal
    const rise = degrees(Math.atan2(8.5, 72.95))
    expect((found.get('SN-MP') ?? 0) - (found.get('FMA') ?? 0)).toBeCloseTo(rise, 6)
    expect(found.size).toBe(22)
    for (const id of ['SNA', 'SNB', 'FMA', 'facial-angle'] as const)
      expect(Math.abs(deviation(found.get(id) ?? Number.NaN, norms[id])), id).toBeLessThan(2)
  }
})

test('lengths come out in millimetres of the head: the detector’s spacing without its magnification', () => {
  const spacing = {
    pixelSpacing: null,
    calibrationType: null,
    calibrationDescription: '',
    imagerPixelSpacing: [0.132, 0.132],
    nominalScannedPixelSpacing: null,
    magnification: 1.1,
    pixelAspect: 1,
    isPlane: false,
  } as const
  const { kind, columnMm } = cephCalibration(spacing, null)
  expect([kind, columnMm]).toEqual(['magnification', expect.closeTo(0.12)])
  // tip of the nose (32, 45), chin (10, −33), lower lip (14.2, −10) of the drawn profile
  const lip = (measureAll(before.points).get('LL-E-line') ?? Number.NaN) * (columnMm ?? Number.NaN)
  expect(lip).toBeCloseTo((78 * -17.8 + 22 * 55) / Math.hypot(22, 78), 6)
})

test('between two phases of the phantom only the teeth move', () => {
  const laid = superimpose(before.points, after.points, 'cranial-base')
  for (const landmark of ['S', 'N', 'Go', 'Me', 'ANS', 'Ar', 'Pn'] as const)
    expect(Math.hypot((laid?.[landmark]?.x ?? 0) - (before.points[landmark]?.x ?? 0)), landmark).toBeLessThan(
      0.01,
    )
  const [one, other] = [before.points['U1-tip'], laid?.['U1-tip']]
  expect(Math.hypot((one?.x ?? 0) - (other?.x ?? 0), (one?.y ?? 0) - (other?.y ?? 0))).toBeGreaterThan(5)
})
