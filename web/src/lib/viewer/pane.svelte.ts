import type { FramePoint } from '@bitewing/db'
import type { Recall } from '#lib/storage/recall-of.ts'
import { whenAtHand } from '#lib/storage/when-at-hand.ts'
import type { Frame } from './load-frame.ts'
import { rangeOf, windowOf, type Range } from './initial-window.ts'
import type * as ScreenModule from './screen.ts'
import type { Screen } from './screen.ts'
import type { Stack } from './stacks.ts'
import {
  fitScale,
  fitted,
  flipped,
  matrixOf,
  toFrame,
  turned,
  zoomed,
  type FrameShape,
  type Matrix,
  type PanePoint,
  type Size,
  type View,
} from './view.ts'

/**
 * `preview`: the rendition, until the pixels are there; `missing`: they cannot be had; `archived`: they are being
 * fetched from the archive.
 */
type State = 'preview' | 'picture' | 'missing' | 'archived'

const sharpnesses = [0, 0.25, 0.6] as const
const noScale = { slope: 1, intercept: 0 }

/** One place of the layout: a stack, the frame of it that is shown, and how it is shown. */
export class Pane {
  stack = $state.raw<Stack | null>(null)
  index = $state(0)
  size = $state.raw<Size>({ width: 0, height: 0 })
  /** null until the size is known: the frame then fits */
  view = $state.raw<View | null>(null)
  /** in the modality's units; null until the pixels are there */
  range = $state.raw<Range | null>(null)
  isInverted = $state(false)
  sharpness = $state(0)
  isEqualised = $state(false)
  isPlaying = $state(false)
  state = $state<State>('preview')
  /** while it is `archived` */
  recall = $state.raw<Recall | null>(null)
  /** the pixels that are on the screen */
  frame = $state.raw<Frame | null>(null)

  readonly #studyInstanceUid: string
  #screen: Screen | null = null
  #opened: Promise<Screen | null> | null = null
  #closed = false
  #coming: Stack['frames'][number] | null = null
  #endWait = () => {}

  constructor(studyInstanceUid: string) {
    this.#studyInstanceUid = studyInstanceUid
  }

  readonly shown = $derived(this.stack?.frames[this.index] ?? null)
  readonly shape = $derived.by((): FrameShape => {
    const instance = this.shown?.instance
    const { pixelSpacing, imagerPixelSpacing, pixelAspect } = instance?.attributes.spacing ?? {}
    const [row, column] = pixelSpacing ?? imagerPixelSpacing ?? [pixelAspect ?? 1, 1]
    return { columns: instance?.columns ?? 1, rows: instance?.rows ?? 1, pixelAspect: row / column }
  })
  readonly place = $derived(this.view ?? fitted(this.shape, this.size))
  readonly matrix: Matrix = $derived(matrixOf(this.place, this.shape, this.size))
  /** low values are shown bright, by the image or by choice */
  readonly showsInverted = $derived(
    this.isInverted !==
      (this.frame?.colour === false && (this.shown?.instance.attributes.isInverted ?? false)),
  )

  /** Another stack, shown as it is at first. */
  open(stack: Stack | null): void {
    if (stack === this.stack) return
    this.stack = stack
    // the middle of a volume tells more than its first slice
    this.index =
      stack && stack.frames.length > 8 && !stack.frameTimeMs ? Math.floor(stack.frames.length / 2) : 0
    this.isPlaying = false
    this.#forget()
    void this.load()
  }

  #forget(): void {
    this.view = null
    this.range = null
    this.isInverted = false
    this.sharpness = 0
    this.isEqualised = false
    this.frame = null
    this.state = 'preview'
  }

  /** The element to draw on; made once it has a size. @returns what closes it */
  attach(element: HTMLDivElement, start: () => Promise<typeof ScreenModule | null>): () => void {
    this.#opened = start().then((module) => {
      if (!module || this.#closed) return null
      this.#screen = module.createScreen(element)
      return this.#screen
    })
    void this.load()
    return () => {
      this.#closed = true
      this.#endWait()
      this.#screen?.close()
      this.#screen = null
    }
  }

  /** Puts the pixels of the frame that is wanted on the screen. */
  async load(): Promise<void> {
    const wanted = this.shown
    this.#endWait()
    const screen = await this.#opened
    if (!screen || !wanted || this.shown !== wanted) return
    const picture = {
      studyInstanceUid: this.#studyInstanceUid,
      ...wanted,
      isEqualised: this.isEqualised,
    }
    this.#coming = wanted
    try {
      const frame = await screen.show(picture, (loaded) => {
        // slices of one volume keep the window that was chosen
        this.frame = loaded
        this.range ??= loaded.initial
        return this.#look(loaded)
      })
      if (!frame || this.shown !== wanted) return
      this.state = 'picture'
      this.#draw()
    } catch (error) {
      if (this.shown !== wanted) return
      this.recall = error instanceof Error && 'recall' in error ? (error.recall as Recall) : null // of `FrameArchived`
      this.state = this.recall ? 'archived' : 'missing'
      if (this.recall) {
        this.#endWait()
        this.#endWait = whenAtHand(this.#studyInstanceUid, () => void this.load())
      }
    } finally {
      if (this.#coming === wanted) this.#coming = null
    }
  }

  /** Whether the frame that is wanted is on its way to the screen. */
  get isComing(): boolean {
    return this.#coming !== null && this.#coming === this.shown
  }

  #look(frame: Frame) {
    return {
      range: this.range ?? frame.initial,
      isInverted: this.showsInverted,
      sharpness: this.sharpness,
    }
  }

  #draw(): void {
    if (this.state === 'picture') this.#screen?.place(this.place, this.shape, this.size)
  }
  #drawLook(): void {
    if (this.frame && this.state === 'picture') this.#screen?.look(this.#look(this.frame))
  }

  resize(size: Size): void {
    const before = this.size
    this.size = size
    if (this.view && before.width > 0) {
      // what was fitted stays fitted; what was chosen keeps its scale
      const wasFitted = Math.abs(this.view.scale - fitScale(this.shape, before, this.view.rotation)) < 1e-6
      if (wasFitted) this.view = fitted(this.shape, size, this.view)
    }
    this.#screen?.resize()
    this.#draw()
  }

  setView(view: View): void {
    this.view = view
    this.#draw()
  }
  setRange(range: Range): void {
    this.range = range.upper - range.lower < 1 ? { lower: range.lower, upper: range.lower + 1 } : range
    this.#drawLook()
  }
  invert(): void {
    this.isInverted = !this.isInverted
    this.#drawLook()
  }
  sharpen(): void {
    const next = sharpnesses.findIndex((each) => each > this.sharpness)
    this.sharpness = sharpnesses[next] ?? 0
    this.#drawLook()
  }
  equalise(): void {
    this.isEqualised = !this.isEqualised
    void this.load()
  }
  turn(degrees: 90 | -90): void {
    const isFitted = this.#isFitted()
    const view = turned(this.place, degrees)
    this.setView(isFitted ? fitted(this.shape, this.size, view) : view)
  }
  flip(axis: 'horizontal' | 'vertical'): void {
    this.setView(flipped(this.place, axis))
  }
  #isFitted(): boolean {
    const { scale, x, y, rotation } = this.place
    return Math.abs(scale - fitScale(this.shape, this.size, rotation)) < 1e-6 && x === 0 && y === 0
  }
  /** As it was when it was opened. */
  reset(): void {
    const wasEqualised = this.isEqualised
    const { frame, state } = this
    this.#forget()
    this.frame = frame
    this.state = state
    this.range = frame?.initial ?? null
    if (wasEqualised) void this.load()
    this.#drawLook()
    this.#draw()
  }

  /** @param at in the pane */
  zoom(by: number, at: PanePoint = { x: this.size.width / 2, y: this.size.height / 2 }): void {
    const fit = fitScale(this.shape, this.size, this.place.rotation)
    const fromMiddle = { x: at.x - this.size.width / 2, y: at.y - this.size.height / 2 }
    this.setView(zoomed(this.place, by, fromMiddle, { min: fit / 4, max: Math.max(fit, 1) * 24 }))
  }
  pan(x: number, y: number): void {
    this.setView({ ...this.place, x: this.place.x + x, y: this.place.y + y })
  }
  /** Right is more contrast range, down is darker: as viewers do it. Steps are of the image's own range. */
  dragWindow(x: number, y: number): void {
    const { frame, range } = this
    if (!frame || !range) return
    const step = (frame.initial.upper - frame.initial.lower) / 400
    const { center, width } = windowOf(range)
    this.setRange(
      rangeOf({ center: center + y * step, width: Math.max(2, width + x * step), shape: 'linear' }),
    )
  }

  /** @returns whether there was a frame to go to */
  scroll(by: number): boolean {
    return this.goTo(this.index + by)
  }
  goTo(index: number): boolean {
    const count = this.stack?.frames.length ?? 0
    const next = Math.max(0, Math.min(count - 1, index))
    if (next === this.index) return false
    const before = this.shown?.instance
    this.index = next
    const alike =
      before?.columns === this.shown?.instance.columns && before?.rows === this.shown?.instance.rows
    // the picture of the frame before stays until the next is drawn, a moment later
    if (!alike) this.state = 'preview'
    void this.load()
    return true
  }

  toFrame(at: PanePoint): FramePoint {
    return toFrame(this.matrix, at)
  }
  /** Bounds of the window in stored values: for the magnifier. */
  storedRange(): Range | null {
    const { frame, range } = this
    if (!frame || !range) return null
    const { slope, intercept } = frame.colour ? noScale : frame.scale
    return { lower: (range.lower - intercept) / slope, upper: (range.upper - intercept) / slope }
  }
  /** Draws once more what is there: for measuring how long that takes. */
  redraw(): void {
    this.#screen?.redraw()
  }
}
