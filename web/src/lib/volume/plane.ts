import type { CurvePlace } from './curve.ts'
import { dot, minus, moved, type Vector } from './vector.ts'

/** A plane through the patient with its own axes, each of length 1: what a pane shows. */
export type Plane = {
  /** where its two coordinates are 0 */
  origin: Vector
  right: Vector
  down: Vector
  /** towards whoever looks */
  towards: Vector
}

export type Direction = 'axial' | 'coronal' | 'sagittal'

/** As radiologists look: from the feet, from the front, and from the left. The patient's right is on the left. */
const axes: Readonly<Record<Direction, Omit<Plane, 'origin'>>> = {
  axial: { right: [1, 0, 0], down: [0, 1, 0], towards: [0, 0, -1] },
  coronal: { right: [1, 0, 0], down: [0, 0, -1], towards: [0, -1, 0] },
  sagittal: { right: [0, 1, 0], down: [0, 0, -1], towards: [1, 0, 0] },
}

/** The plane of a direction through a place; its coordinates are the patient's. */
export function planeThrough(direction: Direction, place: Vector): Plane {
  const { towards } = axes[direction]
  const depth = dot(place, towards)
  return { ...axes[direction], origin: [towards[0] * depth, towards[1] * depth, towards[2] * depth] }
}

/** The cross-section of a curve: the cheek's side on the left, upright; coordinates from the curve, and of height. */
export function crossSection({ x, y, tangentX, tangentY }: CurvePlace): Plane {
  return {
    origin: [x, y, 0],
    right: [-tangentY, tangentX, 0],
    down: [0, 0, -1],
    towards: [tangentX, tangentY, 0],
  }
}

/** Coordinates on a plane in millimetres, and how far before it a place lies. */
export function onPlane(plane: Plane, place: Vector): { u: number; v: number; depth: number } {
  const from = minus(place, plane.origin)
  return { u: dot(from, plane.right), v: dot(from, plane.down), depth: dot(from, plane.towards) }
}

export function fromPlane(plane: Plane, u: number, v: number): Vector {
  return moved(plane.origin, [plane.right, u], [plane.down, v])
}
