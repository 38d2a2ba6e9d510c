import { checkedMesh, MeshError, type Mesh, type MeshLimits } from './mesh.ts'

const types = {
  char: 1,
  int8: 1,
  uchar: 1,
  uint8: 1,
  short: 2,
  int16: 2,
  ushort: 2,
  uint16: 2,
  int: 4,
  int32: 4,
  uint: 4,
  uint32: 4,
  float: 4,
  float32: 4,
  double: 8,
  float64: 8,
} as const
type PlyType = keyof typeof types

type Property = { name: string; type: PlyType; count: PlyType | null }
type PlyElement = { name: string; count: number; properties: Property[] }
type Format = 'ascii' | 'binary_little_endian' | 'binary_big_endian'

const headMax = 64 * 1024

/** Names are a stranger's. */
const axes: ReadonlyMap<string, number> = new Map([
  ['x', 0],
  ['y', 1],
  ['z', 2],
])
const channels: ReadonlyMap<string, number> = new Map([
  ['red', 0],
  ['green', 1],
  ['blue', 2],
  ['diffuse_red', 0],
  ['diffuse_green', 1],
  ['diffuse_blue', 2],
])

/**
 * A PLY file (Stanford), text or binary: points with their colours, and faces of any number of corners.
 *
 * @throws {MeshError}
 */
export function readPly(bytes: Uint8Array, limits: MeshLimits): Mesh {
  if (bytes.length > limits.bytesMax) throw new MeshError('too-large')
  const { format, elements, bodyAt } = readHead(bytes)
  const vertices = elements.find(({ name }) => name === 'vertex')
  const faces = elements.find(({ name }) => name === 'face')
  if (!vertices || !faces) throw new MeshError('empty')
  if (vertices.count > limits.trianglesMax * 3 || faces.count > limits.trianglesMax) {
    throw new MeshError('too-large')
  }
  // what is promised and cannot be there is not made room for: a number takes a byte at least
  if (vertices.count > bytes.length || faces.count > bytes.length) throw new MeshError('damaged')

  const read = format === 'ascii' ? wordReader(bytes, bodyAt) : byteReader(bytes, bodyAt, format)
  const positions = new Float32Array(vertices.count * 3)
  const colours = new Uint8Array(vertices.count * 3)
  const has = (...names: string[]) =>
    names.every((name) => vertices.properties.some((property) => property.name === name))
  if (!has('x', 'y', 'z')) throw new MeshError('damaged')
  const corners: number[] = []
  const face: number[] = []
  for (const element of elements) {
    for (let index = 0; index < element.count; index++) {
      for (const { name, type, count } of element.properties) {
        if (count !== null) {
          const many = read(count)
          if (!(many >= 0 && many < 1000)) throw new MeshError('damaged')
          face.length = 0
          for (let each = 0; each < many; each++) face.push(read(type))
          if (element !== faces || !/^vertex_ind(ex|ices)$/.test(name)) continue
          for (let corner = 1; corner + 1 < face.length; corner++) {
            corners.push(face[0] ?? -1, face[corner] ?? -1, face[corner + 1] ?? -1)
          }
          if (corners.length > limits.trianglesMax * 3) throw new MeshError('too-large')
          continue
        }
        const value = read(type)
        if (element !== vertices) continue
        const axis = axes.get(name)
        const channel = channels.get(name)
        if (axis !== undefined) positions[index * 3 + axis] = value
        else if (channel !== undefined) {
          const isShare = type === 'float' || type === 'float32' || type === 'double' || type === 'float64'
          colours[index * 3 + channel] = Math.min(255, Math.max(0, Math.round(isShare ? value * 255 : value)))
        }
      }
    }
    // nothing after the faces is wanted
    if (element === faces) break
  }
  if (corners.some((corner) => !(corner >= 0))) throw new MeshError('damaged')
  const isColoured = has('red', 'green', 'blue') || has('diffuse_red', 'diffuse_green', 'diffuse_blue')
  return checkedMesh(positions, Uint32Array.from(corners), isColoured ? colours : null, limits)
}

function readHead(bytes: Uint8Array): { format: Format; elements: PlyElement[]; bodyAt: number } {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, headMax))
  const end = /\bend_header[ \t]*\r?\n/.exec(head)
  if (!/^ply\s/.test(head) || !end) throw new MeshError('not-a-mesh')
  let format: Format | null = null
  const elements: PlyElement[] = []
  for (const line of head.slice(0, end.index).split(/\r?\n/)) {
    const [word, a, b, c, d] = line.trim().split(/\s+/)
    if (word === 'format') {
      if (a === 'ascii' || a === 'binary_little_endian' || a === 'binary_big_endian') format = a
    } else if (word === 'element') {
      const count = Number(b)
      if (!Number.isSafeInteger(count) || count < 0 || a === undefined) throw new MeshError('damaged')
      elements.push({ name: a, count, properties: [] })
    } else if (word === 'property') {
      const isList = a === 'list'
      const [type, name, count] = isList ? [c, d, b] : [a, b, null]
      const last = elements.at(-1)
      if (!last || !isType(type) || name === undefined || (isList && !isType(count))) {
        throw new MeshError('damaged')
      }
      last.properties.push({ name, type, count: isType(count) ? count : null })
    }
  }
  // an element without properties would be counted through for nothing
  if (format === null || elements.some(({ properties }) => properties.length === 0)) {
    throw new MeshError('damaged')
  }
  return { format, elements, bodyAt: end.index + end[0].length }
}

function isType(name: unknown): name is PlyType {
  return typeof name === 'string' && Object.hasOwn(types, name)
}

function byteReader(bytes: Uint8Array, from: number, format: Format): (type: PlyType) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = format === 'binary_little_endian'
  let at = from
  return (type) => {
    const start = at
    at += types[type]
    if (at > bytes.length) throw new MeshError('damaged')
    switch (type) {
      case 'char':
      case 'int8':
        return view.getInt8(start)
      case 'uchar':
      case 'uint8':
        return view.getUint8(start)
      case 'short':
      case 'int16':
        return view.getInt16(start, little)
      case 'ushort':
      case 'uint16':
        return view.getUint16(start, little)
      case 'int':
      case 'int32':
        return view.getInt32(start, little)
      case 'uint':
      case 'uint32':
        return view.getUint32(start, little)
      case 'float':
      case 'float32':
        return view.getFloat32(start, little)
      case 'double':
      case 'float64':
        return view.getFloat64(start, little)
    }
  }
}

function wordReader(bytes: Uint8Array, from: number): () => number {
  let at = from
  const isSpace = (byte: number | undefined) => byte === 32 || byte === 10 || byte === 13 || byte === 9
  return () => {
    while (at < bytes.length && isSpace(bytes[at])) at++
    const start = at
    while (at < bytes.length && !isSpace(bytes[at]) && at - start < 64) at++
    const value = Number(String.fromCharCode(...bytes.subarray(start, at)))
    if (at === start || Number.isNaN(value)) throw new MeshError('damaged')
    return value
  }
}
