import type { DemoPatient } from './patients.ts'
import { demoPatients } from './patients.ts'
import type { Phase, PlacedTooth, Vector } from './phantom/dentition.ts'
import { fromTooth } from './phantom/dentition.ts'
import type { Phantom } from './phantom/phantom.ts'
import { createPhantom } from './phantom/phantom.ts'
import type { Side } from './render/bitewing.ts'
import { projectToBitewing } from './render/bitewing.ts'
import { cbctGeometry } from './render/cbct.ts'
import { cephalogramLandmarks, type CephalogramLandmarks } from './render/cephalogram.ts'
import { projectToPanoramic } from './render/panoramic.ts'
import { gapMm, teethInBitewing } from './render-job.ts'

/** Points of one tooth in patient coordinates (DICOM LPS, mm), mouth closed. */
export type ToothTruth = {
  /** Middle of the crown, of the neck, tip of the root (of the first root of a molar), and where it touches its neighbours. */
  crown: Vector
  neck: Vector
  apex: Vector
  mesialContact: Vector
  distalContact: Vector
  /** Unit vector from the neck to the crown along the tooth's axis. */
  axis: Vector
  /** Middle of the slot of the tooth's bracket; null where there is none. */
  bracketSlot: Vector | null
}

export type PixelPoint = { column: number; row: number }

/** What is known exactly about a demo patient at one phase, for tests of registration, measuring and tooth finding. */
export type PhantomTruth = {
  /** By FDI number. */
  teeth: Record<string, ToothTruth>
  /** Little's irregularity index of the lower front, mm: the sum of the five steps between neighbouring contacts. */
  irregularityMm: number
  /** Distance between the lower canines' and the upper first molars' crown centres; null where one is missing. */
  intercanineMm: number | null
  intermolarMm: number | null
  /** Crown centres and landmarks as shown in the full-size panoramic. */
  panoramic: {
    teeth: Record<string, PixelPoint>
    mentalForamen: Record<Side, PixelPoint>
    condyle: Record<Side, PixelPoint>
  }
  /** Crown centres in the bitewing of each side, for the teeth coded in it. */
  bitewing: Record<Side, Record<string, PixelPoint>>
  /** Landmarks of cephalometry in the full-size cephalogram, from its upper left corner. */
  cephalogram: CephalogramLandmarks
  /** Crown centres in voxels of the CBCT series: column, row and slice (0-based, may be fractional). */
  cbct: Record<string, { column: number; row: number; slice: number }>
}

/**
 * The known truth of a demo patient.
 *
 * @param patientKey as in `demoPatients`
 * @throws {Error} for an unknown key
 */
export function phantomTruth(patientKey: string, phase: Phase): PhantomTruth {
  const patient: DemoPatient | undefined = demoPatients.find((p) => p.key === patientKey)
  if (!patient) throw new Error(`The demo has no patient ${patientKey}.`)
  const closed = createPhantom(patient.dentition, phase, 0)
  const open = createPhantom(patient.dentition, phase, gapMm.panoramic)
  const tab = createPhantom(patient.dentition, phase, gapMm.bitewings)
  const wafer = createPhantom(patient.dentition, phase, gapMm.cbct)
  const g = cbctGeometry

  const slots = new Map(closed.braces?.brackets.map(({ fdi, origin }) => [fdi, origin]))
  const teeth = Object.fromEntries(
    closed.teeth.map((tooth) => [tooth.fdi, toothTruth(tooth, slots.get(tooth.fdi) ?? null)]),
  )
  const between = (a: string, b: string) => {
    const [p, q] = [teeth[a], teeth[b]]
    return p && q
      ? Math.hypot(p.crown[0] - q.crown[0], p.crown[1] - q.crown[1], p.crown[2] - q.crown[2])
      : null
  }
  const landmark = (s: number, z: number): PixelPoint => {
    const p = open.bone.lowerArch.at(s)
    return pixel(projectToPanoramic(open, [p.x, p.y - open.gapMm * 0.3, z - open.gapMm]))
  }
  const foramen = open.bone.canal[open.bone.canal.length - 1] ?? [0, 0]
  return {
    teeth,
    irregularityMm: irregularity(teeth),
    intercanineMm: between('33', '43'),
    intermolarMm: between('16', '26'),
    panoramic: {
      teeth: byTooth(open, (tooth) => pixel(projectToPanoramic(open, crownCentre(tooth)))),
      mentalForamen: { right: landmark(-foramen[0], foramen[1]), left: landmark(foramen[0], foramen[1]) },
      condyle: { right: landmark(-97, 40), left: landmark(97, 40) },
    },
    bitewing: { right: bitewingTeeth(tab, 'right'), left: bitewingTeeth(tab, 'left') },
    cephalogram: cephalogramLandmarks(closed),
    cbct: byTooth(wafer, (tooth) => {
      const [x, y, z] = crownCentre(tooth)
      return {
        column: (x - g.origin[0]) / g.voxelMm,
        row: (y - g.origin[1]) / g.voxelMm,
        slice: (z - g.origin[2]) / g.voxelMm,
      }
    }),
  }
}

function byTooth<T>(phantom: Phantom, of: (tooth: PlacedTooth) => T): Record<string, T> {
  return Object.fromEntries(phantom.teeth.map((tooth) => [tooth.fdi, of(tooth)]))
}

function bitewingTeeth(phantom: Phantom, side: Side): Record<string, PixelPoint> {
  const coded = new Set(teethInBitewing(phantom, side))
  return Object.fromEntries(
    phantom.teeth
      .filter((tooth) => coded.has(tooth.fdi))
      .map((tooth) => [tooth.fdi, pixel(projectToBitewing(phantom, side, crownCentre(tooth)))]),
  )
}

function pixel({ column, row }: PixelPoint): PixelPoint {
  return { column, row }
}

function crownCentre(tooth: PlacedTooth): Vector {
  return fromTooth(tooth, 0, 0, tooth.form.size.crown / 2)
}

function toothTruth(tooth: PlacedTooth, bracketSlot: Vector | null): ToothTruth {
  const { crown, root, mesiodistal } = tooth.form.size
  return {
    crown: crownCentre(tooth),
    neck: tooth.origin,
    apex: fromTooth(tooth, 0, 0, -root),
    mesialContact: fromTooth(tooth, mesiodistal / 2, 0, crown * 0.7),
    distalContact: fromTooth(tooth, -mesiodistal / 2, 0, crown * 0.7),
    axis: tooth.occlusal,
    bracketSlot,
  }
}

/** Little (1975): horizontal distance between the contact points of neighbours, from canine to canine below. */
function irregularity(teeth: Record<string, ToothTruth>): number {
  const step = (a: Vector | undefined, b: Vector | undefined) =>
    a && b ? Math.hypot(a[0] - b[0], a[1] - b[1]) : 0
  let sum = step(teeth['41']?.mesialContact, teeth['31']?.mesialContact)
  for (const side of ['3', '4']) {
    for (const position of [1, 2])
      sum += step(teeth[`${side}${position}`]?.distalContact, teeth[`${side}${position + 1}`]?.mesialContact)
  }
  return sum
}
