import type { FromModel, LoadedMesh, ToModel } from './model-worker.ts'

/**
 * Fetches and parses a model in a worker of its own.
 *
 * @param source address of its bytes, or a file
 * @param told   every message; the last is `mesh`, `archived` or `failed`
 * @returns what ends it
 */
export function loadModel(
  source: string | Blob,
  format: ToModel['format'],
  told: (message: FromModel) => void,
): () => void {
  const worker = new Worker(new URL('./model-worker.ts', import.meta.url), { type: 'module' })
  worker.addEventListener('message', ({ data }: MessageEvent<FromModel>) => {
    told(data)
    if (data.kind !== 'progress') worker.terminate()
  })
  // out of memory, for one
  worker.addEventListener('error', () => {
    told({ kind: 'failed', why: 'too-large' })
    worker.terminate()
  })
  worker.postMessage({ source, format } satisfies ToModel)
  return () => worker.terminate()
}

/** The longest side of the box round a model, in its own units. */
export function longestSide({ low, high }: Pick<LoadedMesh, 'low' | 'high'>): number {
  return Math.max(high[0] - low[0], high[1] - low[1], high[2] - low[2])
}
