import { MeshError } from './mesh.ts'

/** Points of which those at one place are one. */
export type Joiner = {
  /**
   * @returns the number of the point
   * @throws {MeshError} `damaged` for what is no place
   */
  add(x: number, y: number, z: number): number
  /** x, y and z of each point, in the order of their numbers */
  positions(): Float32Array
}

/** Looks for a corner at most, on average: one or two are usual, a file made to collide wants millions. */
const looksMax = 64

/**
 * Joins corners of triangles by their place, in memory that grows with the points and not with objects.
 *
 * @param expected how many corners come, where that is known
 */
export function createJoiner(expected: number): Joiner {
  let points = new Float32Array(Math.max(1024, Math.ceil(expected / 4) * 3))
  let count = 0
  let looks = 0
  let slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(1024, expected)))).fill(-1)
  const one = new Float32Array(3)
  const bits = new Uint32Array(one.buffer)

  const slotOf = (table: Int32Array) => {
    let hash = Math.imul(bits[0] ?? 0, 0x9e3779b1) ^ Math.imul(bits[1] ?? 0, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 15) ^ Math.imul(bits[2] ?? 0, 0xc2b2ae35), 0x27d4eb2f)
    return (hash ^ (hash >>> 13)) & (table.length - 1)
  }
  const grow = () => {
    const wider = new Int32Array(slots.length * 2).fill(-1)
    for (let point = 0; point < count; point++) {
      one.set(points.subarray(point * 3, point * 3 + 3))
      let slot = slotOf(wider)
      while (wider[slot] !== -1) slot = (slot + 1) & (wider.length - 1)
      wider[slot] = point
    }
    slots = wider
  }

  return {
    add(x, y, z) {
      // −0 and 0 are one place
      one[0] = x + 0
      one[1] = y + 0
      one[2] = z + 0
      // what is no number is never equal to itself: each would be looked for among all the others
      if (Number.isNaN(x + y + z)) throw new MeshError('damaged')
      looks += looksMax
      let slot = slotOf(slots)
      for (;;) {
        const held = slots[slot] ?? -1
        if (held === -1) break
        if (--looks < 0) throw new MeshError('damaged')
        const at = held * 3
        if (points[at] === one[0] && points[at + 1] === one[1] && points[at + 2] === one[2]) return held
        slot = (slot + 1) & (slots.length - 1)
      }
      if (count * 3 + 3 > points.length) {
        const longer = new Float32Array(points.length * 2)
        longer.set(points)
        points = longer
      }
      points.set(one, count * 3)
      slots[slot] = count
      count++
      if (count * 3 > slots.length * 2) grow()
      return count - 1
    },
    positions: () => points.slice(0, count * 3),
  }
}
