/** A surface of triangles. */
export type Mesh = {
  /** x, y and z of each corner, in the file's units */
  positions: Float32Array
  /** three corners for each triangle */
  corners: Uint32Array
  /** red, green and blue of each corner, 0–255; null without colours */
  colours: Uint8Array | null
}

/** Why a file is not shown. */
export type MeshProblem =
  | 'not-a-mesh'
  | 'damaged'
  /** more bytes or triangles than a browser can be asked to hold */
  | 'too-large'
  /** no triangle in it */
  | 'empty'

/** A mesh that cannot be read; the file is a stranger's, nothing of it is in the message. */
export class MeshError extends Error {
  override readonly name = 'MeshError'
  readonly problem: MeshProblem

  constructor(problem: MeshProblem) {
    super(problem)
    this.problem = problem
  }
}

/** What a mesh may hold: scans of a whole arch have some hundred thousand triangles. */
export type MeshLimits = { bytesMax: number; trianglesMax: number }
export const meshLimits: MeshLimits = { bytesMax: 256 * 1024 * 1024, trianglesMax: 4_000_000 }

/**
 * A mesh of what a reader has found, checked: every corner is a point that is there, every coordinate a number that a
 * model may have.
 *
 * @throws {MeshError}
 */
export function checkedMesh(
  positions: Float32Array,
  corners: Uint32Array,
  colours: Uint8Array | null,
  { trianglesMax }: MeshLimits,
): Mesh {
  if (corners.length === 0 || positions.length === 0) throw new MeshError('empty')
  if (corners.length > trianglesMax * 3) throw new MeshError('too-large')
  const count = positions.length / 3
  for (const corner of corners) if (corner >= count) throw new MeshError('damaged')
  for (const value of positions) if (!(Math.abs(value) < 1e6)) throw new MeshError('damaged')
  return { positions, corners, colours: colours?.length === positions.length ? colours : null }
}
