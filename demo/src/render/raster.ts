/** A picture of one value a pixel, row by row from the top. */
export type Raster = { width: number; height: number; values: Float32Array }

export function createRaster(width: number, height: number): Raster {
  return { width, height, values: new Float32Array(width * height) }
}

/** Blur near enough to a Gaussian of standard deviation `sigma` pixels: three running means. Edges are repeated. */
export function blur(source: Raster, sigma: number): Raster {
  const { width, height } = source
  const radius = Math.max(1, Math.round((Math.sqrt(4 * sigma * sigma + 1) - 1) / 2))
  const a = source.values.slice()
  const b = new Float32Array(a.length)
  for (let pass = 0; pass < 3; pass++) {
    runningMean(a, b, width, height, 1, width, radius)
    runningMean(b, a, height, width, width, 1, radius)
  }
  return { width, height, values: a }
}

function runningMean(
  from: Float32Array,
  to: Float32Array,
  length: number,
  lines: number,
  step: number,
  stride: number,
  radius: number,
) {
  const norm = 1 / (2 * radius + 1)
  for (let line = 0; line < lines; line++) {
    const base = line * stride
    const first = from[base] ?? 0
    const last = from[base + (length - 1) * step] ?? 0
    let sum = first * radius
    for (let i = 0; i < radius; i++) sum += from[base + Math.min(i, length - 1) * step] ?? 0
    for (let i = 0; i < length; i++) {
      sum += i + radius < length ? (from[base + (i + radius) * step] ?? 0) : last
      to[base + i * step] = sum * norm
      sum -= i - radius >= 0 ? (from[base + (i - radius) * step] ?? 0) : first
    }
  }
}

/** Enlarges by Catmull–Rom interpolation to exactly width × height. */
export function enlarge(source: Raster, width: number, height: number): Raster {
  const wide = createRaster(width, source.height)
  resample(source.values, wide.values, source.width, width, source.height, 1, source.width, 1, width)
  const out = createRaster(width, height)
  resample(wide.values, out.values, source.height, height, width, width, 1, width, 1)
  return out
}

function resample(
  from: Float32Array,
  to: Float32Array,
  fromLength: number,
  toLength: number,
  lines: number,
  fromStep: number,
  fromStride: number,
  toStep: number,
  toStride: number,
) {
  const scale = fromLength / toLength
  for (let i = 0; i < toLength; i++) {
    const f = (i + 0.5) * scale - 0.5
    const j = Math.floor(f)
    const t = f - j
    const w0 = t * (-0.5 + t * (1 - 0.5 * t))
    const w1 = 1 + t * t * (-2.5 + 1.5 * t)
    const w2 = t * (0.5 + t * (2 - 1.5 * t))
    const w3 = t * t * (-0.5 + 0.5 * t)
    const clampIndex = (k: number) => Math.min(Math.max(k, 0), fromLength - 1) * fromStep
    const j0 = clampIndex(j - 1)
    const j1 = clampIndex(j)
    const j2 = clampIndex(j + 1)
    const j3 = clampIndex(j + 2)
    for (let line = 0; line < lines; line++) {
      const o = line * fromStride
      to[i * toStep + line * toStride] =
        w0 * (from[o + j0] ?? 0) +
        w1 * (from[o + j1] ?? 0) +
        w2 * (from[o + j2] ?? 0) +
        w3 * (from[o + j3] ?? 0)
    }
  }
}
