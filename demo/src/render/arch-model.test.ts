import { expect, test } from 'vitest'
import { demoPatients } from '../patients.ts'
import { createPhantom } from '../phantom/phantom.ts'
import { renderArchModel } from './arch-model.ts'

const patient = demoPatients.find(({ key }) => key === 'cote')

test('an arch is a closed surface that faces outwards, as wide as an arch in millimetres, with its teeth in it', () => {
  if (!patient) throw new Error('no patient')
  const phantom = createPhantom(patient.dentition, 'T0', 0)
  const bytes = Buffer.from(renderArchModel(phantom, false))
  expect(bytes.length).toBeLessThan(2_000_000)
  const count = bytes.readUInt32LE(80)
  expect(bytes).toHaveLength(84 + count * 50)

  const low = [Infinity, Infinity, Infinity]
  const high = [-Infinity, -Infinity, -Infinity]
  const edges = new Map<string, number>()
  let sixfoldVolume = 0
  for (let facet = 0; facet < count; facet++) {
    const points = [0, 1, 2].map((corner) =>
      [0, 1, 2].map((axis) => {
        const value = bytes.readFloatLE(96 + facet * 50 + corner * 12 + axis * 4)
        low[axis] = Math.min(low[axis] ?? 0, value)
        high[axis] = Math.max(high[axis] ?? 0, value)
        return value
      }),
    )
    const names = points.map((point) => point.join())
    for (const corner of [0, 1, 2]) {
      const [from = '', to = ''] = [names[corner], names[(corner + 1) % 3]]
      const isForth = from < to
      const edge = isForth ? `${from}|${to}` : `${to}|${from}`
      edges.set(edge, (edges.get(edge) ?? 0) + (isForth ? 1 : -1))
    }
    const [[ax = 0, ay = 0, az = 0] = [], [bx = 0, by = 0, bz = 0] = [], [cx = 0, cy = 0, cz = 0] = []] =
      points
    sixfoldVolume += ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
  }
  expect([...edges.values()].filter((sum) => sum !== 0)).toEqual([])
  expect(sixfoldVolume / 6).toBeGreaterThan(5000)
  const wide = (high[0] ?? 0) - (low[0] ?? 0)
  expect(wide).toBeGreaterThan(50)
  expect(wide).toBeLessThan(80)
  // the incisors' edges are above the chewing plane, the base below the gum
  expect(high[2]).toBeGreaterThan(0)
  expect(low[2]).toBeLessThan(-12)
})
