import { checkedMesh, MeshError, type Mesh, type MeshLimits } from './mesh.ts'
import { createJoiner } from './join-corners.ts'

const headBytes = 84
const facetBytes = 50

/**
 * An STL file, binary or text. Corners at one place become one, so that light falls evenly.
 *
 * @throws {MeshError}
 */
export function readStl(bytes: Uint8Array, limits: MeshLimits): Mesh {
  if (bytes.length > limits.bytesMax) throw new MeshError('too-large')
  if (bytes.length >= headBytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const count = view.getUint32(80, true)
    const wanted = headBytes + count * facetBytes
    // binary files may begin with `solid` too; within DICOM a byte may follow
    const isWhole = wanted === bytes.length || wanted + 1 === bytes.length
    if (isWhole) return readBinary(view, count, limits)
    if (!beginsWithSolid(bytes)) throw new MeshError(wanted > bytes.length ? 'damaged' : 'not-a-mesh')
  }
  if (!beginsWithSolid(bytes)) throw new MeshError('not-a-mesh')
  return readText(bytes, limits)
}

function readBinary(view: DataView, count: number, limits: MeshLimits): Mesh {
  if (count > limits.trianglesMax) throw new MeshError('too-large')
  if (count === 0) throw new MeshError('empty')
  const join = createJoiner(count * 3)
  const corners = new Uint32Array(count * 3)
  for (let facet = 0, at = headBytes + 12, to = 0; facet < count; facet++, at += facetBytes) {
    for (let corner = 0; corner < 36; corner += 12) {
      const from = at + corner
      corners[to++] = join.add(
        view.getFloat32(from, true),
        view.getFloat32(from + 4, true),
        view.getFloat32(from + 8, true),
      )
    }
  }
  return checkedMesh(join.positions(), corners, null, limits)
}

function readText(bytes: Uint8Array, limits: MeshLimits): Mesh {
  const text = new TextDecoder('latin1').decode(bytes)
  const vertex = /\bvertex\s+(\S+)\s+(\S+)\s+(\S+)/gi
  const join = createJoiner(1024)
  const corners: number[] = []
  for (let found = vertex.exec(text); found; found = vertex.exec(text)) {
    if (corners.length >= limits.trianglesMax * 3) throw new MeshError('too-large')
    corners.push(join.add(Number(found[1]), Number(found[2]), Number(found[3])))
  }
  if (corners.length % 3 !== 0) throw new MeshError('damaged')
  return checkedMesh(join.positions(), Uint32Array.from(corners), null, limits)
}

function beginsWithSolid(bytes: Uint8Array): boolean {
  return /^\s*solid\b/i.test(String.fromCharCode(...bytes.subarray(0, 64)))
}
