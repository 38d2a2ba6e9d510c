import {
  MeshError,
  readMesh,
  type Mesh,
  type MeshFormat,
  type MeshLimits,
  type MeshProblem,
} from '@bitewing/models'
import { PixelError, type PixelErrorCode } from '../pixel-error.ts'

/** Scans of a whole arch have some hundred thousand triangles; who opens a larger one waits for it, a list does not. */
const limits: MeshLimits = { bytesMax: 128 * 1024 * 1024, trianglesMax: 2_000_000 }

const codes = {
  'not-a-mesh': 'unsupported',
  damaged: 'damaged',
  empty: 'damaged',
  'too-large': 'too-large',
} as const satisfies Record<MeshProblem, PixelErrorCode>

/** A file of a mesh, read in the contained process. @throws {PixelError} */
export function readModel(bytes: Uint8Array, format: MeshFormat): Mesh {
  try {
    return readMesh(bytes, format, limits)
  } catch (error) {
    if (error instanceof MeshError) throw new PixelError(codes[error.problem], `no model: ${error.problem}`)
    throw error
  }
}
