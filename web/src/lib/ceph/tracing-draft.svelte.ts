import type { CephLandmark, CephPoint, CephPointChange, CephPointState, FramePoint } from '@bitewing/db'
import { dateOf } from '#lib/viewer/drawn.ts'
import { createOutbox, type Sent, type Shelf } from '#lib/viewer/outbox.ts'
import { entriesOf, type Landmarks } from './face-plane.ts'
import type { DeviceOwner } from '#lib/viewer/seal-shelf.ts'

/** A landmark as the page has it. */
export type DraftPoint = Omit<CephPoint, 'landmark'>

/** A change on its way, with what it is a change of. */
export type TracingChange = CephPointChange & { id: string; patientId: string; tracingId: string }

/** How a change ended; `theirs` when somebody else had changed the landmark. */
export type PointAnswer =
  | { outcome: 'saved'; version: number }
  | { outcome: 'changed'; theirs: CephPoint | null }
  | { outcome: 'refused' }

type Options = {
  patientId: string
  tracingId: string
  /** names user and practice */
  owner: DeviceOwner
  /** name of whoever traces */
  author: string
  points: readonly CephPoint[]
  /** @returns null when nobody knows whether it came: to be sent again */
  send: (change: TracingChange) => Promise<PointAnswer | null>
  /** @returns null when it cannot be had now */
  read: () => Promise<CephPoint[] | null>
}

type Place = { state: CephPointState; at: FramePoint | null }
type Step = { landmark: CephLandmark; before: Place; after: Place }

const nothing: Place = { state: 'cleared', at: null }
const stepsMax = 200
const pollMs = 10_000

/**
 * A tracing that is being made. Each point is shown at once, kept on the device, and sent by itself, so that two people
 * who trace different landmarks never disturb each other. Where both moved the same one, the page asks whose stays.
 */
export class TracingDraft {
  points = $state.raw<Landmarks<DraftPoint>>({})
  /** how many changes wait to be saved */
  unsent = $state(0)
  isAway = $state(false)
  isRefused = $state(false)
  /** what somebody else made of landmarks that were moved here too */
  conflicts = $state.raw<CephPoint[]>([])
  #past = $state.raw<Step[]>([])
  #undone = $state.raw<Step[]>([])
  #held: { landmark: CephLandmark; before: Place } | null = null
  #versions: Landmarks<number> = {}
  readonly #theirs: Landmarks<CephPoint | null> = {}
  readonly #options: Options
  #outbox: ReturnType<typeof createOutbox<TracingChange>> | null = null

  constructor(options: Options) {
    this.#options = options
    this.#adopt(options.points)
  }

  /** Where landmarks lie, of those that are placed. */
  get places(): Landmarks<FramePoint> {
    const places: Landmarks<FramePoint> = {}
    for (const [landmark, { at }] of entriesOf(this.points)) if (at) places[landmark] = at
    return places
  }
  get canUndo() {
    return this.#past.length > 0
  }
  get canRedo() {
    return this.#undone.length > 0
  }

  stateOf(landmark: CephLandmark): CephPointState {
    return this.points[landmark]?.state ?? 'cleared'
  }

  /** Begins to send, what a page before this one could not send too, and to ask what others place. @returns what ends it */
  start(shelf: Shelf): () => void {
    const { owner, tracingId, send } = this.#options
    let isEnded = false
    const outbox = createOutbox<TracingChange>({
      shelf,
      kind: 'ceph',
      owner,
      page: crypto.randomUUID(),
      send: async (change): Promise<Sent> => {
        const answer = await send(change)
        if (answer === null) return { outcome: 'unknown' }
        if (answer.outcome === 'refused') return answer
        if (answer.outcome === 'saved') return { ...answer, id: change.id }
        if (change.tracingId === tracingId) this.#theirs[change.landmark] = answer.theirs
        return { outcome: 'changed', id: change.id, version: answer.theirs?.version ?? 0 }
      },
      settled: (change, sent) => this.#settled(change, sent),
      waiting: (count, isAway) => {
        this.unsent = count
        this.isAway = isAway && count > 0
      },
      pause: (milliseconds) =>
        new Promise((resolve) => {
          if (isEnded) return
          const timer = setTimeout(resolve, milliseconds)
          addEventListener('online', () => (clearTimeout(timer), resolve()), { once: true })
        }),
    })
    this.#outbox = outbox
    for (const change of outbox.open())
      if (change.tracingId === tracingId) this.#show(change.landmark, change)
    const poll = setInterval(() => void this.#refresh(), pollMs)
    return () => {
      isEnded = true
      clearInterval(poll)
    }
  }

  place(landmark: CephLandmark, at: FramePoint): void {
    this.#change(landmark, { state: 'placed', at })
  }
  skip(landmark: CephLandmark): void {
    this.#change(landmark, { state: 'skipped', at: null })
  }
  clear(landmark: CephLandmark): void {
    this.#change(landmark, nothing)
  }

  /** Shows a place while it is being dragged; `drop` keeps it. */
  drag(landmark: CephLandmark, at: FramePoint): void {
    if (this.#held?.landmark !== landmark) this.drop()
    this.#held ??= { landmark, before: this.#placeOf(landmark) }
    this.#show(landmark, { state: 'placed', at })
  }
  drop(): void {
    const held = this.#held
    this.#held = null
    if (!held) return
    const after = this.#placeOf(held.landmark)
    if (same(held.before, after)) return
    this.#remember({ ...held, after })
    this.#put(held.landmark)
  }

  undo(): CephLandmark | null {
    this.drop()
    const step = this.#past.at(-1)
    if (!step) return null
    this.#past = this.#past.slice(0, -1)
    this.#undone = [...this.#undone, step]
    this.#show(step.landmark, step.before)
    this.#put(step.landmark)
    return step.landmark
  }
  redo(): CephLandmark | null {
    this.drop()
    const step = this.#undone.at(-1)
    if (!step) return null
    this.#undone = this.#undone.slice(0, -1)
    this.#past = [...this.#past, step]
    this.#show(step.landmark, step.after)
    this.#put(step.landmark)
    return step.landmark
  }

  takeTheirs(theirs: CephPoint): void {
    this.#forget(theirs.landmark)
    this.#adopt([theirs])
  }
  keepOurs(theirs: CephPoint): void {
    this.#forget(theirs.landmark)
    this.#versions[theirs.landmark] = theirs.version
    this.#put(theirs.landmark)
  }

  #forget(landmark: CephLandmark) {
    this.conflicts = this.conflicts.filter((each) => each.landmark !== landmark)
  }

  #change(landmark: CephLandmark, after: Place): void {
    this.drop()
    const before = this.#placeOf(landmark)
    if (same(before, after)) return
    this.#remember({ landmark, before, after })
    this.#show(landmark, after)
    this.#put(landmark)
  }

  #remember(step: Step): void {
    this.#past = [...this.#past, step].slice(-stepsMax)
    this.#undone = []
  }

  #placeOf(landmark: CephLandmark): Place {
    const { state, at } = this.points[landmark] ?? nothing
    return { state, at }
  }

  #show(landmark: CephLandmark, { state, at }: Place): void {
    const version = this.#versions[landmark] ?? 0
    const point = { state, at, version, changedBy: this.#options.author, changedAt: dateOf() }
    this.points = { ...this.points, [landmark]: point }
  }

  #put(landmark: CephLandmark): void {
    // somebody decides first whose stays
    if (this.conflicts.some((each) => each.landmark === landmark)) return
    const { patientId, tracingId } = this.#options
    this.#outbox?.put({
      ...this.#placeOf(landmark),
      id: `${tracingId}.${landmark}`,
      patientId,
      tracingId,
      landmark,
      basedOn: this.#versions[landmark] ?? 0,
    })
  }

  #settled({ tracingId, landmark }: TracingChange, sent: Sent): void {
    if (tracingId !== this.#options.tracingId) return
    if (sent.outcome === 'saved') this.#versions[landmark] = sent.version
    else if (sent.outcome === 'changed') {
      const theirs = this.#theirs[landmark]
      const place = this.#placeOf(landmark)
      if (theirs && same(theirs, place)) this.#versions[landmark] = theirs.version
      else if (theirs)
        this.conflicts = [...this.conflicts.filter((each) => each.landmark !== landmark), theirs]
    } else if (sent.outcome === 'refused') this.isRefused = true
  }

  async #refresh(): Promise<void> {
    const isBusy = () => this.unsent > 0 || this.#held !== null || this.conflicts.length > 0
    if (isBusy() || document.visibilityState !== 'visible') return
    const points = await this.#options.read()
    if (points && !isBusy()) this.#adopt(points)
  }

  #adopt(points: readonly CephPoint[]): void {
    const next = { ...this.points }
    for (const { landmark, ...point } of points) {
      next[landmark] = { ...point, changedAt: dateOf(point.changedAt) }
      this.#versions = { ...this.#versions, [landmark]: point.version }
    }
    this.points = next
  }
}

function same(one: Place, other: Place): boolean {
  return one.state === other.state && one.at?.[0] === other.at?.[0] && one.at?.[1] === other.at?.[1]
}
