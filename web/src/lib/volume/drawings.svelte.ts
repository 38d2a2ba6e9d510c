import type { CurveSettings, PatientPoint, VolumeDrawing, VolumeDrawingKind } from '@bitewing/db'
import { dateOf, emptyMap } from '#lib/viewer/drawn.ts'
import { sealShelf, type DeviceOwner } from '#lib/viewer/seal-shelf.ts'
import type { Vector } from './vector.ts'

type Options = {
  seriesInstanceUid: string
  drawings: VolumeDrawing[]
  /** names user and practice, for what waits on this device */
  owner: DeviceOwner
  author: string
  /** of the page's drawings resource */
  address: string
}
type Content = { points: PatientPoint[]; settings: CurveSettings | null }
type Change = { kind: VolumeDrawingKind; content: Content; isDeleted: boolean; basedOn: number }
type Step = { id: string; kind: VolumeDrawingKind; before: Content | null }

const pollMs = 15_000
const retryMs = 4000
/** A curve that is being dragged is one change. */
const calmMs = 300

export const firstSettings: CurveSettings = { thicknessMm: 10, projection: 'average', spacingMm: 2 }

/** What is drawn in a volume: shown at once, kept on the device until the server has it. */
export class VolumeDrawings {
  all = $state.raw<VolumeDrawing[]>([])
  unsent = $state(0)
  isAway = $state(false)
  /** somebody else has changed something that was being changed here; undoing brings one's own back */
  notice = $state<'changed' | 'refused' | null>(null)
  undoable = $state(0)
  chosenId = $state<string | null>(null)
  readonly curve = $derived(this.all.find(({ kind }) => kind === 'curve') ?? null)
  readonly measures = $derived(this.all.filter(({ kind }) => kind !== 'curve'))

  readonly #options: Options
  /** what to go back to: a drawing as it was, or that it was not there */
  #undo: Step[] = []
  readonly #versions = emptyMap<string, number>()
  readonly #waiting = emptyMap<string, Change>()
  #isSending = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: Options) {
    this.#options = options
    this.#take(options.drawings)
  }

  readonly #device = () => sealShelf(localStorage, this.#options.owner)

  get #shelf(): string {
    return `bitewing-volume.${this.#options.owner.name}.${this.#options.seriesInstanceUid}`
  }

  /** Sends what waits from before, and asks what others draw. @returns what ends it */
  start(): () => void {
    for (const each of unsentOf(this.#device().getItem(this.#shelf))) {
      this.#put(each.id, each.kind, each.content, each.isDeleted, each.basedOn)
    }
    const ask = () => void this.refresh()
    const poll = setInterval(() => document.visibilityState === 'visible' && ask(), pollMs)
    addEventListener('focus', ask)
    return () => {
      clearInterval(poll)
      removeEventListener('focus', ask)
      clearTimeout(this.#timer)
      void this.#send()
    }
  }

  async refresh(): Promise<void> {
    const { address, seriesInstanceUid } = this.#options
    const response = await fetch(`${address}?series=${seriesInstanceUid}`).catch(() => null)
    if (!response?.ok || this.#waiting.size > 0) return
    const { drawings } = (await response.json()) as { drawings: VolumeDrawing[] } // our own endpoint
    if (this.#waiting.size === 0) this.#take(drawings)
  }

  /** @returns the new drawing's id */
  add(kind: VolumeDrawingKind, points: readonly Vector[], settings: CurveSettings | null = null): string {
    const id = crypto.randomUUID()
    this.#remember({ id, kind, before: null })
    this.#put(id, kind, { points: points.map(rounded), settings }, false)
    this.chosenId = id
    return id
  }

  /** @param isFurther goes on with a change that can be taken back already, as a drag does */
  change(
    id: string,
    part: { points?: readonly Vector[]; settings?: CurveSettings },
    isFurther = false,
  ): void {
    const held = this.all.find((each) => each.id === id)
    if (!held) return
    if (!isFurther) this.#remember({ id, kind: held.kind, before: contentOf(held) })
    const points = part.points?.map(rounded) ?? held.points
    this.#put(id, held.kind, { points, settings: part.settings ?? held.settings }, false)
  }

  remove(id: string): void {
    const held = this.all.find((each) => each.id === id)
    if (!held) return
    this.#remember({ id, kind: held.kind, before: contentOf(held) })
    this.#put(id, held.kind, contentOf(held), true)
  }

  /** @returns whether there was something to take back */
  undo(): boolean {
    const step = this.#undo.pop()
    this.undoable = this.#undo.length
    if (!step) return false
    const held = this.all.find((each) => each.id === step.id)
    if (step.before) this.#put(step.id, step.kind, step.before, false)
    else if (held) this.#put(step.id, step.kind, contentOf(held), true)
    return true
  }

  #remember(step: Step): void {
    this.#undo = [...this.#undo, step].slice(-100)
    this.undoable = this.#undo.length
  }

  #take(drawings: VolumeDrawing[]): void {
    this.all = drawings.map((each) => ({
      ...each,
      createdAt: dateOf(each.createdAt),
      changedAt: dateOf(each.changedAt),
    }))
    if (!drawings.some(({ id }) => id === this.chosenId)) this.chosenId = null
    for (const { id, version } of drawings) this.#versions.set(id, version)
  }

  #put(
    id: string,
    kind: VolumeDrawingKind,
    content: Content,
    isDeleted: boolean,
    basedOn = this.#waiting.get(id)?.basedOn ?? this.#versions.get(id) ?? 0,
  ): void {
    const now = dateOf()
    const held = this.all.find((each) => each.id === id)
    const drawing: VolumeDrawing = {
      ...content,
      id,
      kind,
      version: this.#versions.get(id) ?? 0,
      createdAt: held?.createdAt ?? now,
      createdBy: held ? held.createdBy : this.#options.author,
      changedAt: now,
      changedBy: this.#options.author,
    }
    const others = this.all.filter((each) => each.id !== id)
    this.all = isDeleted
      ? others
      : held
        ? this.all.map((each) => (each.id === id ? drawing : each))
        : [...others, drawing]
    if (isDeleted && this.chosenId === id) this.chosenId = null
    this.#waiting.set(id, { kind, content, isDeleted, basedOn })
    this.#keep()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#send(), calmMs)
  }

  #keep(): void {
    this.unsent = this.#waiting.size
    if (this.#waiting.size === 0) this.#device().removeItem(this.#shelf)
    else {
      const waiting = [...this.#waiting].map(([id, each]) => ({ id, ...each }))
      this.#device().setItem(this.#shelf, JSON.stringify(waiting))
    }
  }

  async #send(): Promise<void> {
    if (this.#isSending) return
    this.#isSending = true
    try {
      for (;;) {
        const [next] = this.#waiting
        if (!next) return
        const [id, change] = next
        const answer = await this.#post(id, change)
        if (answer.outcome === 'saved') {
          this.#versions.set(id, answer.version)
          // changed again meanwhile: that is sent next, on the version that is saved now
          const further = this.#waiting.get(id)
          if (further && further !== change) this.#waiting.set(id, { ...further, basedOn: answer.version })
        }
        if (answer.outcome === 'away') {
          this.isAway = true
          this.#timer = setTimeout(() => void this.#send(), retryMs)
          return
        }
        this.isAway = false
        if (this.#waiting.get(id) === change || answer.outcome !== 'saved') this.#waiting.delete(id)
        this.#keep()
        if (answer.outcome === 'changed') {
          // one's own stays within reach: undoing puts it over theirs
          if (!change.isDeleted)
            this.#remember({
              id: this.#successor(change.kind, id, answer.drawings),
              kind: change.kind,
              before: change.content,
            })
          this.#take(answer.drawings)
          this.notice = 'changed'
        } else if (answer.outcome === 'refused') this.notice = 'refused'
      }
    } finally {
      this.#isSending = false
    }
  }

  /** A series has one curve: one's own goes on as a change of the one that is there now. */
  #successor(kind: VolumeDrawingKind, id: string, drawings: VolumeDrawing[]): string {
    return kind === 'curve' ? (drawings.find((each) => each.kind === 'curve')?.id ?? id) : id
  }

  async #post(
    id: string,
    { kind, content, isDeleted, basedOn }: Change,
  ): Promise<
    | { outcome: 'saved'; version: number }
    | { outcome: 'changed'; drawings: VolumeDrawing[] }
    | { outcome: 'away' | 'refused' }
  > {
    const { address, seriesInstanceUid } = this.#options
    try {
      const response = await fetch(address, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ ...content, id, kind, isDeleted, seriesInstanceUid, basedOn }),
      })
      if (response.ok) {
        return (await response.json()) as  // our own endpoint
          { outcome: 'saved'; version: number } | { outcome: 'changed'; drawings: VolumeDrawing[] }
      }
      return { outcome: response.status >= 500 || response.status === 401 ? 'away' : 'refused' }
    } catch {
      return { outcome: 'away' }
    }
  }
}

const contentOf = ({ points, settings }: Content): Content => ({ points, settings })

/** A hundredth of a millimetre is finer than any voxel. */
const rounded = (point: Vector): PatientPoint => {
  const [x, y, z] = point.map((value) => Math.round(value * 100) / 100)
  return [x ?? 0, y ?? 0, z ?? 0]
}

type Unsent = Change & { id: string }
function unsentOf(kept: string | null): Unsent[] {
  try {
    const parsed: unknown = JSON.parse(kept ?? '[]')
    return Array.isArray(parsed) ? (parsed as Unsent[]) : [] // written by this page
  } catch {
    return []
  }
}
