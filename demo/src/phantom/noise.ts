/** A stream of pseudo-random numbers. */
export type Random = {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform in [low, high). */
  between(low: number, high: number): number
  /** Standard normal, by the sum of uniforms (|x| ≤ 6), so that it is the same on every machine. */
  normal(): number
}

/** mulberry32: small, fast, the same numbers for the same seed everywhere. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  function next() {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    normal: () => {
      let sum = -6
      for (let i = 0; i < 12; i++) sum += next()
      return sum
    },
  }
}

/** Integer hash of a lattice point, uniform in [0, 1). */
export function latticeHash(x: number, y: number, z: number): number {
  let h = Math.imul(x, 374761393) + Math.imul(y, 668265263) + Math.imul(z, 2147483629 | 0)
  h = Math.imul(h ^ (h >>> 13), 1274126177)
  h = Math.imul(h ^ (h >>> 16), 2246822519 | 0)
  return ((h ^ (h >>> 15)) >>> 0) / 4294967296
}

/** Smooth value noise in the plane, in [-1, 1], one feature a unit. */
export function noise2(x: number, y: number, salt: number): number {
  const xi = Math.floor(x)
  const yi = Math.floor(y)
  let fx = x - xi
  let fy = y - yi
  fx = fx * fx * (3 - 2 * fx)
  fy = fy * fy * (3 - 2 * fy)
  const a = latticeHash(xi, yi, salt)
  const b = latticeHash(xi + 1, yi, salt)
  const c = latticeHash(xi, yi + 1, salt)
  const d = latticeHash(xi + 1, yi + 1, salt)
  const top = a + (b - a) * fx
  return (top + (c + (d - c) * fx - top) * fy) * 2 - 1
}

/** Smooth value noise in space, in [-1, 1], one feature a unit. */
export function noise3(x: number, y: number, z: number): number {
  const xi = Math.floor(x)
  const yi = Math.floor(y)
  const zi = Math.floor(z)
  let fx = x - xi
  let fy = y - yi
  let fz = z - zi
  fx = fx * fx * (3 - 2 * fx)
  fy = fy * fy * (3 - 2 * fy)
  fz = fz * fz * (3 - 2 * fz)
  const a = latticeHash(xi, yi, zi)
  const b = latticeHash(xi + 1, yi, zi)
  const c = latticeHash(xi, yi + 1, zi)
  const d = latticeHash(xi + 1, yi + 1, zi)
  const e = latticeHash(xi, yi, zi + 1)
  const f = latticeHash(xi + 1, yi, zi + 1)
  const g = latticeHash(xi, yi + 1, zi + 1)
  const h = latticeHash(xi + 1, yi + 1, zi + 1)
  const ab = a + (b - a) * fx
  const low = ab + (c + (d - c) * fx - ab) * fy
  const ef = e + (f - e) * fx
  const high = ef + (g + (h - g) * fx - ef) * fy
  return (low + (high - low) * fz) * 2 - 1
}
