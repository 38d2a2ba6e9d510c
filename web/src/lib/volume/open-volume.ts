import type { PlanePoint } from './curve.ts'
import type { PanoramicCut } from './panoramic.ts'
import type { Cut } from './reslice.ts'
import type { VolumeSeries } from './volume-series.ts'
import type { FromVolume, ToVolume } from './volume-worker.ts'

/** Values of a picture, row after row, in stored units; NaN beside the volume. */
export type Values = { width: number; height: number; picture: Float32Array }
export type PictureOf = { cut: Cut } | { points: readonly PlanePoint[]; cut: PanoramicCut }

export type OpenVolume = {
  /**
   * Asks for a picture of a pane. While one is being made, only the latest that is wanted next is kept, so that what
   * is dragged never lags behind.
   */
  draw(pane: string, what: PictureOf, done: (values: Values) => void): void
  /** Loads no more; what is there stays. */
  cancel(): void
  close(): void
}

type Pending = { what: PictureOf; done: (values: Values) => void }

/** Memory that the voxels of a volume may take in the browser; of a larger one every second or third is kept. */
export const voxelBytesMax = 256 * 1024 * 1024

/** Of how many voxels along each axis one is kept. */
export function thinnedByFor({ grid, bitsAllocated }: VolumeSeries): number {
  const bytes = (grid.columns * grid.rows * grid.slices * bitsAllocated) / 8
  let by = 1
  while (bytes / by ** 3 > voxelBytesMax) by++
  return by
}

/** Loads a volume in a worker of its own and draws it there: the page never waits. */
export function openVolume(
  studyInstanceUid: string,
  series: VolumeSeries,
  told: (message: Exclude<FromVolume, { kind: 'picture' }>) => void,
): OpenVolume {
  const worker = new Worker(new URL('./volume-worker.ts', import.meta.url), { type: 'module' })
  const send = (message: ToVolume) => worker.postMessage(message)
  const making = new Map<string, Pending & { next: Pending | null }>()
  let number = 0

  const make = (pane: string, { what, done }: Pending) => {
    making.set(pane, { what, done, next: null })
    number++
    if ('points' in what) send({ kind: 'panoramic', pane, number, points: what.points, cut: what.cut })
    else send({ kind: 'cut', pane, number, cut: what.cut })
  }
  worker.addEventListener('message', ({ data }: MessageEvent<FromVolume>) => {
    if (data.kind !== 'picture') return told(data)
    const made = making.get(data.pane)
    making.delete(data.pane)
    made?.done(data)
    if (made?.next) make(data.pane, made.next)
  })
  worker.addEventListener('error', () => told({ kind: 'end', why: 'failed' }))
  send({ kind: 'open', studyInstanceUid, series, thinnedBy: thinnedByFor(series) })

  return {
    draw(pane, what, done) {
      const busy = making.get(pane)
      if (busy) busy.next = { what, done }
      else make(pane, { what, done })
    },
    cancel: () => send({ kind: 'cancel' }),
    close: () => worker.terminate(),
  }
}
