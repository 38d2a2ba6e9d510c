import type { MeshFormat } from './mesh-format.ts'
import { MeshError, type Mesh, type MeshLimits } from './mesh.ts'
import { readObj } from './read-obj.ts'
import { readPly } from './read-ply.ts'
import { readStl } from './read-stl.ts'

/** @throws {MeshError} whatever is wrong with the file */
export function readMesh(bytes: Uint8Array, format: MeshFormat, limits: MeshLimits): Mesh {
  try {
    if (format === 'stl') return readStl(bytes, limits)
    return format === 'obj' ? readObj(bytes, limits) : readPly(bytes, limits)
  } catch (error) {
    // a text that is longer than the engine's strings, memory that is not to be had
    throw error instanceof MeshError ? error : new MeshError('too-large')
  }
}
