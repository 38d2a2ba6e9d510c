import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { demoPatients } from '../patients.ts'
import type { Vector } from '../phantom/dentition.ts'
import { fromTooth } from '../phantom/dentition.ts'
import { createPhantom } from '../phantom/phantom.ts'
import { teethInBitewing } from '../render-job.ts'
import { phantomTruth } from '../truth.ts'
import { bitewingGeometry, renderBitewing } from './bitewing.ts'
import { cbctGeometry, hounsfield, renderCbct, STORED_OFFSET } from './cbct.ts'
import { panoramicGeometry, projectToPanoramic, renderPanoramic } from './panoramic.ts'
import { renderPhotograph } from './photograph.ts'
import type { PhotographView } from './photograph-camera.ts'
import { beforeCamera, cameraOf } from './photograph-camera.ts'

const [patient] = demoPatients
if (!patient) throw new Error('the demo has no patients')
const plan = patient.dentition
const digest = (bytes: Uint8Array | Uint16Array) =>
  createHash('sha256')
    .update(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    .digest('hex')

test('each rendering is the same each time and differs between T0 and T2', () => {
  const renderings = {
    panoramic: (phase: 'T0' | 'T2') => renderPanoramic(createPhantom(plan, phase, 5), 8).pixels,
    bitewing: (phase: 'T0' | 'T2') => renderBitewing(createPhantom(plan, phase, 1.2), 'left', 8).pixels,
    photograph: (phase: 'T0' | 'T2') => renderPhotograph(createPhantom(plan, phase, 0), 8).rgb,
  }
  for (const [name, render] of Object.entries(renderings)) {
    expect(digest(render('T0')), name).toBe(digest(render('T0')))
    expect(digest(render('T0')), name).not.toBe(digest(render('T2')))
  }
})

test('teeth coded in a bitewing stand in it and are whiter than the gap between the jaws', () => {
  const phantom = createPhantom(plan, 'T2', 1.2)
  const shrink = 4
  for (const side of ['right', 'left'] as const) {
    const image = renderBitewing(phantom, side, shrink)
    const points = phantomTruth('cote', 'T2').bitewing[side]
    expect(Object.keys(points).sort()).toEqual(teethInBitewing(phantom, side))
    expect(Object.keys(points).length).toBeGreaterThanOrEqual(6)
    for (const [fdi, { column, row }] of Object.entries(points)) {
      expect(column, fdi).toBeGreaterThan(0)
      expect(column, fdi).toBeLessThan(bitewingGeometry.columns)
      expect(row, fdi).toBeGreaterThan(0)
      expect(row, fdi).toBeLessThan(bitewingGeometry.rows)
      expect(fdi.startsWith('1') || fdi.startsWith('4'), fdi).toBe(side === 'right')
      const shown = image.pixels[Math.round(row / shrink) * image.columns + Math.round(column / shrink)] ?? 0
      expect(shown, fdi).toBeGreaterThan(1600)
    }
  }
})

test('crown centres of the panoramic truth are bright, and the right side is on the left', () => {
  const shrink = 4
  const image = renderPanoramic(createPhantom(plan, 'T2', 5), shrink)
  const { teeth, condyle } = phantomTruth('cote', 'T2').panoramic
  for (const [fdi, { column, row }] of Object.entries(teeth)) {
    const shown = image.pixels[Math.round(row / shrink) * image.columns + Math.round(column / shrink)] ?? 0
    expect(shown, fdi).toBeGreaterThan(1200)
  }
  expect(condyle.right.column).toBeLessThan(panoramicGeometry.columns / 4)
  expect(teeth['16']?.column).toBeLessThan(teeth['11']?.column ?? 0)
  expect(teeth['11']?.column).toBeLessThan(teeth['21']?.column ?? 0)
})

test('CT values at known points are those of the material', () => {
  const phantom = createPhantom(plan, 'T2', 2.5)
  const { columns, voxelMm, origin } = cbctGeometry
  const at = (point: Vector) => {
    const [column = 0, row = 0, slice = 0] = point.map((v, axis) =>
      Math.round((v - (origin[axis] ?? 0)) / voxelMm),
    )
    const [pixels] = renderCbct(phantom, slice, 1, 0)
    return (pixels?.[row * columns + column] ?? 0) - STORED_OFFSET
  }
  const canine = phantom.teeth.find(({ fdi }) => fdi === '13')
  const molar = phantom.teeth.find(({ fdi }) => fdi === '26')
  if (!canine || !molar) throw new Error('teeth are missing')
  const neckHalf = canine.form.size.mesiodistalNeck / 2

  expect(Math.abs(at(fromTooth(canine, neckHalf * 0.62, 0, -3)) - hounsfield.dentin)).toBeLessThan(80)
  expect(Math.abs(at(fromTooth(canine, 0, 0, -1)) - hounsfield.pulp)).toBeLessThan(80)
  expect(
    at(fromTooth(molar, molar.form.size.mesiodistal / 2 - 0.7, 0, molar.form.size.crown * 0.6)),
  ).toBeGreaterThan(2500)
  // Outside the round field, in the throat, in the tongue, in the chin's lower border.
  expect(at([-50, -13, 0])).toBe(hounsfield.air)
  expect(at([0, 74, -10])).toBeLessThan(-950)
  expect(Math.abs(at([0, 35, -10]) - hounsfield.soft)).toBeLessThan(40)
  const chin = phantom.bone.lowerArch.at(0)
  expect(at([chin.x, chin.y - 2, -41])).toBeGreaterThan(1000)
})

test('braces are white in a panoramic, metal in the CBCT, and grey in front of the tooth in a photograph', () => {
  const shrink = 4
  const open = createPhantom(plan, 'T1', 5)
  const image = renderPanoramic(open, shrink)
  const bare = renderPanoramic({ ...open, braces: null }, shrink)
  for (const { fdi, origin } of open.braces?.brackets ?? []) {
    const { column, row } = projectToPanoramic(open, origin)
    const at = Math.round(row / shrink) * image.columns + Math.round(column / shrink)
    expect(image.pixels[at] ?? 0, fdi).toBeGreaterThanOrEqual(Math.min(4000, (bare.pixels[at] ?? 0) + 100))
  }

  const wafer = createPhantom(plan, 'T1', 2.5)
  const bracket = wafer.braces?.brackets.find(({ fdi }) => fdi === '11')
  if (!bracket) throw new Error('no bracket on 11')
  const g = cbctGeometry
  const slice = Math.round((bracket.origin[2] - g.origin[2]) / g.voxelMm)
  const [pixels] = renderCbct(wafer, slice, 1, 0)
  const metalAt = (pixels ?? []).some((value, p) => {
    const x = g.origin[0] + (p % g.columns) * g.voxelMm
    const y = g.origin[1] + Math.floor(p / g.columns) * g.voxelMm
    const near = Math.hypot(x - bracket.origin[0], y - bracket.origin[1]) < 1
    return near && value - STORED_OFFSET >= hounsfield.metal - 200
  })
  expect(metalAt).toBe(true)

  const closed = createPhantom(plan, 'T1', 0)
  const [photograph, without] = [
    renderPhotograph(closed, 4),
    renderPhotograph({ ...closed, braces: null }, 4),
  ]
  const saturation = ({ rgb }: { rgb: Uint8Array }, i: number) =>
    Math.max(...rgb.subarray(i, i + 3)) - Math.min(...rgb.subarray(i, i + 3))
  let greyer = 0
  for (let i = 0; i < photograph.rgb.length; i += 3)
    if (saturation(photograph, i) < 12 && saturation(without, i) > 24) greyer++
  expect(greyer).toBeGreaterThan(300)
})

test('the photographs of a visit show its mouth from five sides: left as right reversed, one jaw in each occlusal view', () => {
  const braced = createPhantom(plan, 'T1', 0)
  /** How much of the picture's left half is enamel (bright, hardly coloured), and of its right half. */
  const halves = (view: PhotographView) => {
    const { columns, rgb } = renderPhotograph(braced, 10, view)
    const enamel: [left: number, right: number] = [0, 0]
    for (let i = 0; i < rgb.length; i += 3) {
      const [red = 0, , blue = 0] = rgb.subarray(i, i + 3)
      if (blue > 0.68 * red && red > 130) enamel[(i / 3) % columns < columns / 2 ? 0 : 1]++
    }
    const all = rgb.length / 3
    return enamel.map((count) => count / all)
  }
  const views = ['front', 'right-buccal', 'left-buccal', 'upper-occlusal', 'lower-occlusal'] as const
  const enamel = Object.fromEntries(views.map((view) => [view, halves(view)]))
  for (const view of views) for (const half of enamel[view] ?? []) expect(half, view).toBeGreaterThan(0.02)
  const [right = [], left = []] = [enamel['right-buccal'], enamel['left-buccal']]
  expect(Math.abs((right[0] ?? 0) - (left[1] ?? 0))).toBeLessThan(0.03)

  const teeth = (view: PhotographView) => beforeCamera(braced, cameraOf(view)).teeth.map(({ fdi }) => fdi)
  expect(teeth('upper-occlusal').every((fdi) => /^[12][1-7]$/.test(fdi))).toBe(true)
  expect(teeth('lower-occlusal').every((fdi) => /^[34][1-7]$/.test(fdi))).toBe(true)
  expect(teeth('right-buccal')).toHaveLength(28)
})
