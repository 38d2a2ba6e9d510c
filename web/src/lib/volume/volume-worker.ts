import { recallTold } from '#lib/storage/recall-of.ts'
import { histogramOf, type Histogram } from '#lib/viewer/initial-window.ts'
import { curvePath, type PlanePoint } from './curve.ts'
import { finestStep, thinned, toVoxel } from './grid.ts'
import { keepSlice, type SliceForm } from './keep-slice.ts'
import { loadingOrder } from './loading-order.ts'
import { unroll, type PanoramicCut } from './panoramic.ts'
import { reslice, type Cut, type Volume, type Voxels } from './reslice.ts'
import type { VolumeSeries } from './volume-series.ts'

/** What a page asks for: a volume, once, then pictures of it. */
export type ToVolume =
  | { kind: 'open'; studyInstanceUid: string; series: VolumeSeries; thinnedBy: number }
  | { kind: 'cut'; pane: string; number: number; cut: Cut }
  | { kind: 'panoramic'; pane: string; number: number; points: readonly PlanePoint[]; cut: PanoramicCut }
  | { kind: 'cancel' }

export type FromVolume =
  | { kind: 'progress'; loaded: number; missing: number; total: number; bytes: number }
  /** of the stored values, as far as they are there */
  | { kind: 'values'; minimum: number; maximum: number; histogram: Histogram }
  | { kind: 'picture'; pane: string; number: number; width: number; height: number; picture: Float32Array }
  | { kind: 'end'; why: 'loaded' | 'cancelled' | 'logged-out' | 'archived' | 'failed' }

const explicitVrLittleEndian = '1.2.840.10008.1.2.1'
/** Fewer than a browser opens to one host: other requests of the page are not held up. */
const parallelMax = 4
const triesMax = 3
const tellMs = 250

let volume: Volume | null = null
let aborted = new AbortController()

self.addEventListener('message', ({ data }: MessageEvent<ToVolume>) => {
  if (data.kind === 'open') void load(data.studyInstanceUid, data.series, data.thinnedBy)
  else if (data.kind === 'cancel') aborted.abort()
  else if (volume) answer(volume, data)
})

function answer(whole: Volume, asked: Extract<ToVolume, { kind: 'cut' | 'panoramic' }>) {
  const { width, height } = asked.cut
  const picture = new Float32Array(width * height)
  if (asked.kind === 'cut') reslice(whole, asked.cut, picture)
  else {
    const path = curvePath(asked.points)
    if (path) unroll(whole, path, asked.cut, picture)
    else picture.fill(Number.NaN)
  }
  const { pane, number } = asked
  tell({ kind: 'picture', pane, number, width, height, picture }, [picture.buffer])
}

/** Fetches the slices, a few over all of the volume first, so that it is seen whole from the beginning. */
async function load(studyInstanceUid: string, series: VolumeSeries, thinnedBy: number): Promise<void> {
  aborted = new AbortController()
  const grid = thinnedBy > 1 ? thinned(series.grid, thinnedBy) : series.grid
  const form: SliceForm = {
    columns: series.grid.columns,
    rows: series.grid.rows,
    bitsAllocated: series.bitsAllocated,
    bitsStored: series.bitsStored,
    isSigned: series.isSigned,
    thinnedBy,
  }
  const voxels = emptyVoxels(series, grid.columns * grid.rows * grid.slices)
  const size = grid.columns * grid.rows
  volume = { voxels, ...grid, toVoxel: toVoxel(grid), stepMm: finestStep(grid) }

  const order = loadingOrder(grid.slices)
  const total = order.length
  const isLoaded = new Uint8Array(total)
  let [next, loaded, missing, bytes, told] = [0, 0, 0, 0, 0]
  let why: Extract<FromVolume, { kind: 'end' }>['why'] = 'loaded'
  let [minimum, maximum] = [Infinity, -Infinity]

  const tellValues = () => {
    if (minimum > maximum) return
    const histogram = histogramOf(voxels, { minimum, maximum }, series.rescale)
    tell({ kind: 'values', minimum, maximum, histogram })
  }
  const run = async () => {
    for (;;) {
      const step = order[next++]
      if (!step || aborted.signal.aborted) return
      const slice = series.slices[step.slice * thinnedBy]
      const frame = slice && (await fetchSlice(studyInstanceUid, series.seriesInstanceUid, slice))
      if (aborted.signal.aborted) return
      if (frame === 'logged-out' || frame === 'archived') {
        why = frame
        aborted.abort()
        return
      }
      const at = step.slice * size
      const span = frame ? keepSlice(frame, form, voxels.subarray(at, at + size)) : null
      if (!span) {
        missing++
        continue
      }
      loaded++
      bytes += frame?.byteLength ?? 0
      minimum = Math.min(minimum, span.minimum)
      maximum = Math.max(maximum, span.maximum)
      isLoaded[step.slice] = 1
      // until they come themselves, and where they do not, the slices round it look as this one does
      for (let other = step.from; other < step.to; other++) {
        if (!isLoaded[other]) voxels.copyWithin(other * size, at, at + size)
      }
      const now = performance.now()
      if (now - told > tellMs) {
        told = now
        tell({ kind: 'progress', loaded, missing, total, bytes })
        if (loaded <= total / 4) tellValues()
      }
    }
  }
  await Promise.all(Array.from({ length: parallelMax }, run))
  tell({ kind: 'progress', loaded, missing, total, bytes })
  tellValues()
  if (why === 'loaded') why = aborted.signal.aborted ? 'cancelled' : loaded === 0 ? 'failed' : 'loaded'
  tell({ kind: 'end', why })
}

async function fetchSlice(
  studyInstanceUid: string,
  seriesInstanceUid: string,
  { sopInstanceUid, frame }: VolumeSeries['slices'][number],
): Promise<ArrayBuffer | 'logged-out' | 'archived' | null> {
  const path = `/dicom-web/studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}/frames/${frame}`
  const accept = `application/octet-stream; transfer-syntax=${explicitVrLittleEndian}`
  for (let tries = 1; tries <= triesMax && !aborted.signal.aborted; tries++) {
    try {
      const response = await fetch(path, { headers: { Accept: accept }, signal: aborted.signal })
      if (response.ok) return await response.arrayBuffer()
      if (response.status === 401) return 'logged-out'
      const { status } = response
      if (await recallTold(response)) return 'archived'
      if (status < 500 && status !== 429) return null
    } catch {
      // the network is away, or the page wants no more
    }
    await new Promise((resolve) => setTimeout(resolve, 500 * tries))
  }
  return null
}

function emptyVoxels({ bitsAllocated, isSigned }: VolumeSeries, length: number): Voxels {
  if (bitsAllocated === 8) return isSigned ? new Int8Array(length) : new Uint8Array(length)
  return isSigned ? new Int16Array(length) : new Uint16Array(length)
}

function tell(message: FromVolume, transfer: Transferable[] = []) {
  self.postMessage(message, { transfer })
}
