import {
  MeshError,
  meshLimits,
  normalsOf,
  readMesh,
  type MeshFormat,
  type MeshProblem,
} from '@bitewing/models'
import { recallTold, type Recall } from '#lib/storage/recall-of.ts'

/** A mesh with what drawing needs; its memory is handed over. */
export type LoadedMesh = {
  positions: Float32Array
  normals: Float32Array
  corners: Uint32Array
  colours: Uint8Array | null
  /** the box round it, in the file's units */
  low: [number, number, number]
  high: [number, number, number]
}
export type ToModel = { source: string | Blob; format: MeshFormat }
export type FromModel =
  | { kind: 'progress'; bytes: number; total: number | null }
  | { kind: 'mesh'; mesh: LoadedMesh }
  | { kind: 'archived'; recall: Recall }
  | { kind: 'failed'; why: MeshProblem | 'missing' }

// a mesh of a stranger is parsed here, where it holds up nothing and ends with the worker
self.addEventListener('message', ({ data }: MessageEvent<ToModel>) => void load(data))

async function load({ source, format }: ToModel) {
  try {
    const bytes =
      typeof source === 'string' ? await fetchAll(source) : new Uint8Array(await source.arrayBuffer())
    if (!bytes) return
    const { positions, corners, colours } = readMesh(bytes, format, meshLimits)
    const low: LoadedMesh['low'] = [Infinity, Infinity, Infinity]
    const high: LoadedMesh['high'] = [-Infinity, -Infinity, -Infinity]
    for (let at = 0; at < positions.length; at += 3) {
      for (const axis of [0, 1, 2] as const) {
        const value = positions[at + axis] ?? 0
        if (value < low[axis]) low[axis] = value
        if (value > high[axis]) high[axis] = value
      }
    }
    const normals = normalsOf(positions, corners)
    const buffers = [positions.buffer, normals.buffer, corners.buffer, ...(colours ? [colours.buffer] : [])]
    tell({ kind: 'mesh', mesh: { positions, normals, corners, colours, low, high } }, buffers)
  } catch (error) {
    tell({ kind: 'failed', why: error instanceof MeshError ? error.problem : 'missing' })
  }
}

async function fetchAll(url: string): Promise<Uint8Array | null> {
  const response = await fetch(url, { headers: { Accept: 'application/octet-stream' } })
  if (!response.ok || !response.body) {
    const recall = await recallTold(response)
    tell(recall ? { kind: 'archived', recall } : { kind: 'failed', why: 'missing' })
    return null
  }
  const length = Number(response.headers.get('Content-Length'))
  const total = length > 0 ? length : null
  if (total !== null && total > meshLimits.bytesMax) throw new MeshError('too-large')
  const pieces: Uint8Array[] = []
  let bytes = 0
  const reader = response.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    bytes += value.length
    if (bytes > meshLimits.bytesMax) {
      await reader.cancel()
      throw new MeshError('too-large')
    }
    pieces.push(value)
    tell({ kind: 'progress', bytes, total })
  }
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

function tell(message: FromModel, transfer: Transferable[] = []) {
  self.postMessage(message, { transfer })
}
