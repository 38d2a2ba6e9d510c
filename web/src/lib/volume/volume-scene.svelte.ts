import { initialWindow, type Histogram, type Range } from '#lib/viewer/initial-window.ts'
import { presetsOf, type Preset } from '#lib/viewer/presets.ts'
import { recallOf, type Recall } from '#lib/storage/recall-of.ts'
import { whenAtHand } from '#lib/storage/when-at-hand.ts'
import { curvePath, nearestOnCurve, type CurvePlace, type PlanePoint } from './curve.ts'
import { boundsOf, finestStep } from './grid.ts'
import { openVolume, thinnedByFor, type OpenVolume } from './open-volume.ts'
import { firstSettings, type VolumeDrawings } from './drawings.svelte.ts'
import type { Direction } from './plane.ts'
import type { Slab } from './reslice.ts'
import { moved, type Vector } from './vector.ts'
import type { VolumeSeries } from './volume-series.ts'
import type { FromVolume } from './volume-worker.ts'

export type VolumeTool = 'cross' | 'window' | 'zoom' | 'pan' | 'length' | 'angle' | 'curve'
export type VolumeMode = 'planes' | 'panoramic'
export type LoadState = 'loading' | Extract<FromVolume, { kind: 'end' }>['why']

/** Sections shown beside each other. */
const sectionsShown = 3

/** What all panes of a volume's page share: where people look, and how. */
export class VolumeScene {
  readonly series: VolumeSeries
  readonly drawings: VolumeDrawings
  readonly bounds: { low: Vector; high: Vector }
  /** between two slices that are scrolled to, in millimetres */
  readonly stepMm: number
  readonly thinnedBy: number

  state = $state<LoadState>('loading')
  /** while it is `archived` */
  recall = $state.raw<Recall | null>(null)
  progress = $state.raw({ loaded: 0, missing: 0, total: 0, bytes: 0 })
  /** counts what has come: panes draw again */
  arrived = $state(0)
  histogram = $state.raw<Histogram | null>(null)
  /** what is looked at, in the patient */
  cross = $state.raw<Vector>([0, 0, 0])
  /** black and white, in the modality's units; null before anything is known */
  range = $state.raw<Range | null>(null)
  isInverted = $state(false)
  slab = $state.raw<Slab>({ thicknessMm: 0, projection: 'average' })
  tool = $state<VolumeTool>('cross')
  mode = $state<VolumeMode>('planes')
  active = $state<string>('axial')
  /** along the curve, in millimetres: where the middle cross-section is */
  along = $state(0)
  /** sends every pane back to where it shows all */
  refits = $state(0)
  volume = $state.raw<OpenVolume | null>(null)

  readonly curvePoints = $derived.by((): PlanePoint[] =>
    (this.drawings.curve?.points ?? []).map(([x, y]): PlanePoint => [x, y]),
  )
  readonly path = $derived(curvePath(this.curvePoints))
  readonly presets = $derived.by((): Preset[] => {
    const { histogram, series } = this
    if (!histogram) return []
    const { modality, windows, isInverted } = series
    const initial = initialWindow(series, modality, histogram)
    return presetsOf({ modality, windows, isInverted, isColour: false }, initial, histogram)
  })
  /** number of the middle cross-section; the first is 1 */
  readonly section = $derived(Math.round(this.along / this.#spacing) + 1)

  /** numbers of the cross-sections that are shown: the middle one and its neighbours */
  readonly sections = $derived.by((): number[] => {
    if (!this.path) return []
    const count = Math.floor(this.path.lengthMm / this.#spacing) + 1
    const first = Math.max(1, Math.min(this.section - 1, count - sectionsShown + 1))
    return Array.from({ length: Math.min(sectionsShown, count) }, (_, index) => first + index)
  })

  constructor(series: VolumeSeries, drawings: VolumeDrawings) {
    this.series = series
    this.drawings = drawings
    this.bounds = boundsOf(series.grid)
    this.thinnedBy = thinnedByFor(series)
    this.stepMm = finestStep(series.grid) * this.thinnedBy
    const { low, high } = this.bounds
    this.cross = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2]
    this.isInverted = series.isInverted
    if (drawings.curve) this.mode = 'panoramic'
    this.along = (this.path?.lengthMm ?? 0) / 2
  }

  /** Begins to load. @returns what ends it */
  open(studyInstanceUid: string): () => void {
    let isClosed = false
    let isSecondTry = false
    let endWait = () => {}
    // who asks for all of the series has all of its slices fetched from the archive at once, not a few at a time
    const series = `/dicom-web/studies/${studyInstanceUid}/series/${this.series.seriesInstanceUid}`
    const waitForArchive = async () => {
      const recall = await recallOf(series)
      if (isClosed) return
      this.recall = recall
      if (recall || isSecondTry) {
        isSecondTry = false
        endWait = whenAtHand(studyInstanceUid, () => void waitForArchive())
        return
      }
      isSecondTry = true
      close()
      close = this.#load(studyInstanceUid, waitForArchive)
    }
    let close = this.#load(studyInstanceUid, waitForArchive)
    return () => {
      isClosed = true
      endWait()
      close()
    }
  }

  #load(studyInstanceUid: string, onarchived: () => Promise<void>): () => void {
    this.state = 'loading'
    const volume = openVolume(studyInstanceUid, this.series, (message) => {
      if (message.kind === 'progress') {
        this.progress = message
        this.arrived++
      } else if (message.kind === 'values') {
        const isFirst = this.range === null
        this.histogram = message.histogram
        if (isFirst) this.range = this.presets[0]?.range ?? null
      } else {
        this.state = message.why
        this.arrived++
        if (message.why === 'archived') void onarchived()
      }
    })
    this.volume = volume
    return () => {
      this.volume = null
      volume.close()
    }
  }

  cancel(): void {
    this.volume?.cancel()
  }

  get #spacing(): number {
    return this.settings?.spacingMm ?? firstSettings.spacingMm
  }

  /** How far along the curve a cross-section lies, in millimetres. */
  sectionAt(number: number): number {
    return (number - 1) * this.#spacing
  }
  sectionPlace(number: number): CurvePlace | null {
    return this.path?.at(this.sectionAt(number)) ?? null
  }

  get settings() {
    return this.drawings.curve?.settings ?? null
  }

  /** Looks at a place; kept within the volume. */
  lookAt(place: Vector): void {
    const { low, high } = this.bounds
    const within = (axis: 0 | 1 | 2) => Math.min(high[axis], Math.max(low[axis], place[axis]))
    this.cross = [within(0), within(1), within(2)]
    if (this.path) this.goAlong(nearestOnCurve(this.path, [this.cross[0], this.cross[1]]))
  }

  /** Scrolls the slices of a direction: up, to the front or to the left by so many. */
  scroll(direction: Direction, by: number): void {
    const axis = { axial: [0, 0, 1], coronal: [0, -1, 0], sagittal: [1, 0, 0] } as const
    this.lookAt(moved(this.cross, [axis[direction], by * this.stepMm]))
  }

  /** To the cross-section at so many millimetres along the curve, on its numbers. */
  goAlong(millimetres: number): void {
    const spacing = this.#spacing
    const last = Math.floor((this.path?.lengthMm ?? 0) / spacing)
    this.along = Math.min(last, Math.max(0, Math.round(millimetres / spacing))) * spacing
  }

  stepSection(by: number): void {
    this.goAlong(this.along + by * this.#spacing)
    this.followSection()
  }

  /** The crosshairs go where the middle cross-section is. */
  followSection(): void {
    const place = this.path?.at(this.along)
    if (place) this.cross = [place.x, place.y, this.cross[2]]
  }

  /** As a drag changes it: to the right wider, down darker. Pixels of the screen. */
  dragWindow(x: number, y: number): void {
    const { range, histogram } = this
    if (!range || !histogram) return
    const span = histogram.binWidth * histogram.counts.length
    const width = Math.max(span / 500, range.upper - range.lower + (x * span) / 800)
    const centre = (range.lower + range.upper) / 2 + (y * span) / 1200
    this.range = { lower: centre - width / 2, upper: centre + width / 2 }
  }

  /** The window in stored values, for painting. */
  get stored(): { range: Range; isInverted: boolean } | null {
    const { range } = this
    if (!range) return null
    const { slope, intercept } = this.series.rescale
    const [a, b] = [(range.lower - intercept) / slope, (range.upper - intercept) / slope]
    return { range: { lower: a, upper: b }, isInverted: this.isInverted }
  }

  reset(): void {
    const { low, high } = this.bounds
    this.cross = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2]
    this.range = this.presets[0]?.range ?? this.range
    this.isInverted = this.series.isInverted
    this.slab = { thicknessMm: 0, projection: 'average' }
    this.refits++
  }
}
