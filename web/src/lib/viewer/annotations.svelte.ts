import type { Annotation, AnnotationChange, AnnotationKind, FramePoint } from '@bitewing/db'
import { calibrationOf, type CalibrationOf } from './calibration.ts'
import { dateOf, emptyMap, mapBy, type Drawn } from './drawn.ts'
import { knownLength } from './known-length.ts'
import { measure } from './measure.ts'
import { createOutbox, type Sent } from './outbox.ts'
import type { ViewedInstance } from './stacks.ts'
import type { DeviceOwner } from './seal-shelf.ts'

type Options = {
  studyInstanceUid: string
  /** names user and practice */
  owner: DeviceOwner
  /** name of whoever draws */
  author: string
  instances: readonly ViewedInstance[]
  annotations: Annotation[]
  /** of the page's annotations resource */
  address: string
}

/** Something to tell people, once. */
export type Notice = 'kept-beside' | 'changed-stays' | 'refused'

const pollMs = 10_000

/** What is drawn on a study's images: shown at once, kept on the device until the server has it. */
export class Annotations {
  all = $state.raw<Drawn[]>([])
  /** how many changes wait to be saved */
  unsent = $state(0)
  isAway = $state(false)
  notice = $state<Notice | null>(null)
  chosenId = $state<string | null>(null)
  readonly chosen = $derived(this.all.find(({ id }) => id === this.chosenId) ?? null)

  readonly #options: Options
  readonly #instances: ReadonlyMap<string, ViewedInstance>
  readonly #undo: Drawn[][] = []
  #outbox: ReturnType<typeof createOutbox<AnnotationChange>> | null = null

  constructor(options: Options) {
    this.#options = options
    this.#instances = mapBy(options.instances, ({ sopInstanceUid }) => sopInstanceUid)
    this.all = options.annotations.map((annotation) => ({ ...annotation, isUnsent: false }))
  }

  /** Begins to send and to ask what others draw. @returns what ends it */
  start(): () => void {
    const { studyInstanceUid, owner } = this.#options
    const outbox = createOutbox({
      shelf: localStorage,
      owner,
      page: crypto.randomUUID(),
      send: (change) => this.#send(change),
      settled: (change, sent) => this.#settled(change, sent),
      waiting: (count, isAway) => {
        this.unsent = count
        this.isAway = isAway && count > 0
      },
      pause: (milliseconds) =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, milliseconds)
          addEventListener('online', () => (clearTimeout(timer), resolve()), { once: true })
        }),
    })
    this.#outbox = outbox
    for (const change of outbox.open()) if (change.studyInstanceUid === studyInstanceUid) this.#show(change)

    const ask = () => void this.refresh()
    const poll = setInterval(() => document.visibilityState === 'visible' && ask(), pollMs)
    addEventListener('focus', ask)
    return () => {
      clearInterval(poll)
      removeEventListener('focus', ask)
    }
  }

  /** Whether pages that close now would leave something unsaved on the device. */
  get isWaiting(): boolean {
    return this.unsent > 0
  }

  onFrame(sopInstanceUid: string, frame: number): Drawn[] {
    return this.all.filter((each) => each.sopInstanceUid === sopInstanceUid && each.frame === frame)
  }

  calibration(sopInstanceUid: string, frame: number): CalibrationOf | null {
    const instance = this.#instances.get(sopInstanceUid)
    return instance
      ? calibrationOf(instance.attributes.spacing, knownLength(this.onFrame(sopInstanceUid, frame)))
      : null
  }

  add(
    where: { sopInstanceUid: string; frame: number },
    what: { kind: AnnotationKind; points: FramePoint[]; text?: string; millimetres?: string },
  ): string {
    const now = dateOf()
    const drawn: Drawn = {
      ...where,
      id: crypto.randomUUID(),
      kind: what.kind,
      points: what.points,
      text: what.text ?? '',
      millimetres: what.millimetres ?? null,
      measured: null,
      version: 0,
      createdAt: now,
      changedAt: now,
      createdBy: this.#options.author,
      changedBy: this.#options.author,
      isUnsent: true,
    }
    this.#remember()
    this.all = [...this.all, drawn]
    this.#measureAgain(where)
    this.chosenId = drawn.id
    this.#put(drawn)
    return drawn.id
  }

  /** @param isLast a move under way is one change, sent at its end */
  change(id: string, part: Partial<Pick<Drawn, 'points' | 'text' | 'millimetres'>>, isLast = true): void {
    const held = this.all.find((each) => each.id === id)
    if (!held) return
    const changed = {
      ...held,
      ...part,
      changedBy: this.#options.author,
      changedAt: dateOf(),
      isUnsent: true,
    }
    this.all = this.all.map((each) => (each.id === id ? changed : each))
    this.#measureAgain(held)
    if (isLast) this.#put(changed)
  }

  /** What a change that begins now can be taken back to. */
  begin(): void {
    this.#remember()
  }

  remove(id: string): void {
    const held = this.all.find((each) => each.id === id)
    if (!held) return
    this.#remember()
    this.all = this.all.filter((each) => each.id !== id)
    if (this.chosenId === id) this.chosenId = null
    this.#measureAgain(held)
    this.#put(held, true)
  }

  /** Takes the last change of this page back. @returns whether there was one */
  undo(): boolean {
    const before = this.#undo.pop()
    if (!before) return false
    const now = mapBy(this.all, ({ id }) => id)
    const then = mapBy(before, ({ id }) => id)
    const versions = this.#versions
    for (const [id, drawn] of then) {
      const held = now.get(id)
      if (held && contentOf(held) === contentOf(drawn)) continue
      const back = { ...drawn, version: versions.get(id) ?? drawn.version, isUnsent: true }
      this.all = held ? this.all.map((each) => (each.id === id ? back : each)) : [...this.all, back]
      this.#measureAgain(back)
      this.#put(back)
    }
    for (const [id, drawn] of now) {
      // only what this page added goes; what others drew meanwhile stays
      if (then.has(id) || !this.#added.has(id)) continue
      this.all = this.all.filter((each) => each.id !== id)
      this.#measureAgain(drawn)
      this.#put(drawn, true)
    }
    return true
  }

  /** Asks what there is by now. What is not sent yet stays as it is here. */
  async refresh(): Promise<void> {
    if (this.unsent > 0) return
    const response = await fetch(this.#options.address).catch(() => null)
    if (!response?.ok || this.unsent > 0) return
    const { annotations } = (await response.json()) as { annotations: Annotation[] } // our own server's
    if (this.unsent > 0) return
    this.all = annotations.map((each) => ({
      ...each,
      createdAt: dateOf(each.createdAt),
      changedAt: dateOf(each.changedAt),
      isUnsent: false,
    }))
    for (const { id, version } of this.all) this.#versions.set(id, version)
    if (this.chosenId !== null && !this.chosen) this.chosenId = null
  }

  /** latest versions known, also of what was deleted here */
  readonly #versions = emptyMap<string, number>()
  readonly #added = emptyMap<string, true>()

  #remember(): void {
    this.#undo.push(this.all)
    if (this.#undo.length > 50) this.#undo.shift()
  }

  #put(drawn: Drawn, isDeleted = false): void {
    this.#added.set(drawn.id, true)
    this.#outbox?.put({
      changeId: crypto.randomUUID(),
      id: drawn.id,
      studyInstanceUid: this.#options.studyInstanceUid,
      sopInstanceUid: drawn.sopInstanceUid,
      frame: drawn.frame,
      kind: drawn.kind,
      basedOn: this.#versions.get(drawn.id) ?? drawn.version,
      points: drawn.points,
      text: drawn.text,
      millimetres: drawn.millimetres,
      isDeleted,
    })
  }

  /** A change that a page before this one could not send. */
  #show(change: AnnotationChange): void {
    const held = this.all.find(({ id }) => id === change.id)
    const rest = this.all.filter(({ id }) => id !== change.id)
    const { sopInstanceUid, frame, kind, points, text, millimetres, id } = change
    const now = dateOf()
    const drawn: Drawn = {
      ...(held ?? { createdAt: now, createdBy: null, version: 0, measured: null }),
      ...{ id, sopInstanceUid, frame, kind, points, text, millimetres },
      changedAt: now,
      changedBy: this.#options.author,
      isUnsent: true,
    }
    this.all = change.isDeleted ? rest : [...rest, drawn]
    this.#measureAgain(change)
  }

  #measureAgain(where: { sopInstanceUid: string; frame: number }): void {
    const calibration = this.calibration(where.sopInstanceUid, where.frame)
    if (!calibration) return
    this.all = this.all.map((each) =>
      each.sopInstanceUid === where.sopInstanceUid && each.frame === where.frame
        ? { ...each, measured: measure(each.kind, each.points, calibration) }
        : each,
    )
  }

  async #send({ studyInstanceUid, ...change }: AnnotationChange): Promise<Sent> {
    const response = await fetch(`/view/${studyInstanceUid}/annotations`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(change),
    })
    if (response.ok) return (await response.json()) as Sent // our own server's
    return [400, 403, 404, 413].includes(response.status) ? { outcome: 'refused' } : { outcome: 'unknown' }
  }

  #settled(change: AnnotationChange, sent: Sent): void {
    switch (sent.outcome) {
      case 'saved':
        this.#versions.set(sent.id, sent.version)
        this.all = this.all.map((each) =>
          each.id === sent.id ? { ...each, version: sent.version, isUnsent: false } : each,
        )
        break
      case 'kept-beside':
        this.notice = 'kept-beside'
        this.#versions.delete(change.id)
        if (this.chosenId === change.id) this.chosenId = sent.id
        void this.refresh()
        break
      case 'changed':
        this.notice = 'changed-stays'
        void this.refresh()
        break
      case 'refused':
        this.notice = 'refused'
        break
      case 'unknown':
        break
    }
  }
}

function contentOf({ points, text, millimetres }: Drawn): string {
  return JSON.stringify([points, text, millimetres])
}
