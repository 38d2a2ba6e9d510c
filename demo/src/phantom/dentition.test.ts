import { expect, test } from 'vitest'
import { demoPatients } from '../patients.ts'
import { phantomTruth } from '../truth.ts'
import { bracketDistance } from './braces.ts'
import { createPhantom } from './phantom.ts'
import { createToothField } from './tooth-form.ts'
import { fromTooth } from './dentition.ts'

test('treatment straightens the lower front from T0 over T1 to T2', () => {
  for (const key of ['cote', 'levesque', 'obrien']) {
    const [t0, t1, t2] = (['T0', 'T1', 'T2'] as const).map((phase) => phantomTruth(key, phase).irregularityMm)

    expect(t0).toBeGreaterThan(5)
    expect(t1).toBeLessThan((t0 ?? 0) * 0.6)
    expect(t2).toBeLessThan(1.5)
  }
})

test('from the middle of a crown to its side come dentin, enamel and the outside, and pulp is in the neck', () => {
  const phantom = createPhantom(demoPatients[0]?.dentition ?? never(), 'T2', 0)
  const field = createToothField()
  for (const tooth of phantom.teeth) {
    const { form } = tooth
    const materials: string[] = []
    for (let x = 0; x < form.size.mesiodistal / 2 + 1; x += 0.05) {
      form.evaluate(x, 0, form.size.crown * 0.35, field)
      const here = field.outer > 0 ? 'outside' : field.dentin > 0 ? 'enamel' : 'dentin or pulp'
      if (materials.at(-1) !== here) materials.push(here)
    }
    expect(materials, tooth.fdi).toEqual(['dentin or pulp', 'enamel', 'outside'])
    form.evaluate(0, 0, -1, field)
    expect(field.pulp, tooth.fdi).toBeLessThan(0)
  }
})

test('neighbours do not stand inside each other at T2', () => {
  const phantom = createPhantom(demoPatients[0]?.dentition ?? never(), 'T2', 0)
  const field = createToothField()
  for (const tooth of phantom.teeth.filter(({ fdi }) => !fdi.endsWith('8'))) {
    const centre = fromTooth(tooth, 0, 0, tooth.form.size.crown / 2)
    for (const other of phantom.teeth.filter((o) => o !== tooth && o.upper === tooth.upper)) {
      const d = centre.map((v, axis) => v - (other.origin[axis] ?? 0))
      const dot = (axis: readonly number[]) => axis.reduce((sum, v, k) => sum + v * (d[k] ?? 0), 0)
      other.form.evaluate(dot(other.mesial), dot(other.facial), dot(other.occlusal), field)
      expect(field.outer, `${tooth.fdi} in ${other.fdi}`).toBeGreaterThan(1)
    }
  }
})

test('braces are bonded to the faces of the teeth at T1 alone, and the wire runs through every slot', () => {
  const plan = demoPatients[0]?.dentition ?? never()
  expect(createPhantom(plan, 'T0', 0).braces).toBeNull()
  expect(createPhantom(plan, 'T2', 0).braces).toBeNull()
  const { braces, teeth } = createPhantom(plan, 'T1', 5)
  if (!braces) throw new Error('no braces at T1')
  expect(braces.brackets.map(({ fdi }) => fdi).sort()).toEqual(
    teeth
      .map(({ fdi }) => fdi)
      .filter((fdi) => Number(fdi[1]) <= 6)
      .sort(),
  )
  const field = createToothField()
  for (const bracket of braces.brackets) {
    const tooth = teeth.find(({ fdi }) => fdi === bracket.fdi) ?? never()
    // the slot is outside the tooth, and the pad touches the enamel
    const height = tooth.form.size.crown / 2
    const out = bracket.origin.reduce(
      (sum, v, axis) => sum + (v - (fromTooth(tooth, 0, 0, height)[axis] ?? 0)) * (tooth.facial[axis] ?? 0),
      0,
    )
    tooth.form.evaluate(0, out, height, field)
    expect(field.outer, bracket.fdi).toBeGreaterThan(0.5)
    tooth.form.evaluate(0, out - 1.3, height, field)
    expect(field.outer, bracket.fdi).toBeLessThan(0)

    const nearest = Math.min(
      ...braces.wires.flatMap(({ points }) =>
        points.map((p) => Math.hypot(...p.map((v, axis) => v - (bracket.origin[axis] ?? 0)))),
      ),
    )
    expect(nearest, bracket.fdi).toBeLessThan(0.1)
    expect(bracketDistance(bracket, 0, 0, 0).metal, bracket.fdi).toBeGreaterThan(0.1)
    expect(bracketDistance(bracket, 0.85, 0, 0.8).metal, bracket.fdi).toBeLessThan(0)
  }
})

test('the phantom is the same each time, and another with another seed', () => {
  const plan = demoPatients[0]?.dentition ?? never()
  const origins = (seed: number) =>
    createPhantom({ ...plan, seed }, 'T0', 0).teeth.map((tooth) => tooth.origin)

  expect(origins(plan.seed)).toEqual(origins(plan.seed))
  expect(origins(plan.seed)).not.toEqual(origins(plan.seed + 1))
})

function never(): never {
  throw new Error('the demo has no patients')
}
