import { checkedMesh, MeshError, type Mesh, type MeshLimits } from './mesh.ts'

/**
 * A Wavefront OBJ file: points, with colours where they have them, and faces of any number of corners. Materials,
 * textures, curves and all else are left out.
 *
 * @throws {MeshError}
 */
export function readObj(bytes: Uint8Array, limits: MeshLimits): Mesh {
  if (bytes.length > limits.bytesMax) throw new MeshError('too-large')
  const positions: number[] = []
  const colours: number[] = []
  const corners: number[] = []
  const face: number[] = []
  let known = false
  for (const line of linesOf(bytes)) {
    if (line.startsWith('v ') || line.startsWith('v\t')) {
      const [x, y, z, red, green, blue, alpha] = line.slice(2).trim().split(/\s+/).map(Number)
      positions.push(x ?? Number.NaN, y ?? Number.NaN, z ?? Number.NaN)
      // `x y z w` is no colour; of `x y z r g b` each lies from 0 to 1
      if (red !== undefined && green !== undefined && blue !== undefined && alpha === undefined) {
        colours.push(byteOf(red), byteOf(green), byteOf(blue))
      }
      if (positions.length > limits.trianglesMax * 9) throw new MeshError('too-large')
    } else if (line.startsWith('f ') || line.startsWith('f\t')) {
      known = true
      face.length = 0
      const count = positions.length / 3
      for (const part of line.slice(2).trim().split(/\s+/)) {
        const number = Number.parseInt(part, 10)
        // negative numbers count from the last point so far
        const corner = number < 0 ? count + number : number - 1
        if (!Number.isInteger(corner) || corner < 0) throw new MeshError('damaged')
        face.push(corner)
      }
      if (face.length < 3) throw new MeshError('damaged')
      for (let corner = 1; corner + 1 < face.length; corner++) {
        corners.push(face[0] ?? 0, face[corner] ?? 0, face[corner + 1] ?? 0)
      }
      if (corners.length > limits.trianglesMax * 3) throw new MeshError('too-large')
    }
  }
  if (!known && positions.length === 0) throw new MeshError('not-a-mesh')
  return checkedMesh(
    Float32Array.from(positions),
    Uint32Array.from(corners),
    colours.length === positions.length ? Uint8Array.from(colours) : null,
    limits,
  )
}

/** From 0 to 1; some scanners write 0 to 255. */
function byteOf(value: number): number {
  const byte = value <= 1 ? value * 255 : value
  return Math.min(255, Math.max(0, Math.round(byte)))
}

/** A line may be this long at most: a face of thousands of corners is no scan. */
const lineMax = 100_000
const piece = 4 * 1024 * 1024

function* linesOf(bytes: Uint8Array): Generator<string> {
  const decoder = new TextDecoder('latin1')
  let rest = ''
  for (let from = 0; from < bytes.length; from += piece) {
    const lines = (rest + decoder.decode(bytes.subarray(from, from + piece))).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > lineMax) throw new MeshError('not-a-mesh')
    yield* lines
  }
  yield rest
}
