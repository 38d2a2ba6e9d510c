/** A place or a direction in the patient, in millimetres to the left, the back and the head (PS3.3 §C.7.6.2.1.1). */
export type Vector = readonly [x: number, y: number, z: number]

export const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
export const minus = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
export const scaled = (a: Vector, by: number): Vector => [a[0] * by, a[1] * by, a[2] * by]
export const lengthOf = (a: Vector): number => Math.sqrt(dot(a, a))
export const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]

/** `start` and then, along each direction, so many millimetres. */
export function moved(start: Vector, ...steps: (readonly [direction: Vector, by: number])[]): Vector {
  let [x, y, z] = start
  for (const [direction, by] of steps) {
    x += direction[0] * by
    y += direction[1] * by
    z += direction[2] * by
  }
  return [x, y, z]
}
