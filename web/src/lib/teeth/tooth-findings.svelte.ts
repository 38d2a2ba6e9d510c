import type { FindingChange, ToothFinding } from '@bitewing/db'
import type { Fdi, FindingEnd, FindingKind, Surface } from '@bitewing/db/plan-rules'
import { createOutbox, type Sent } from '#lib/viewer/outbox.ts'
import { dateOf, emptyMap } from '#lib/viewer/drawn.ts'
import type { DeviceOwner } from '#lib/viewer/seal-shelf.ts'

/** A finding as the page has it: what the server knows, with what is not sent yet. */
export type Found = ToothFinding & { isUnsent: boolean }
type Said = { surfaces: Surface[]; detail: string; note: string; ended: FindingEnd | null }

type Options = {
  patientId: string
  /** names user and practice */
  owner: DeviceOwner
  /** name of whoever records */
  author: string
  findings: readonly ToothFinding[]
}

const pollMs = 15_000
const stepsMax = 50

/** What was found on a patient's teeth: shown at once, kept on the device until the server has it. */
export class ToothFindings {
  all = $state.raw<Found[]>([])
  /** how many changes wait to be saved */
  unsent = $state(0)
  isAway = $state(false)
  notice = $state<'changed-stays' | 'refused' | null>(null)
  steps = $state(0)

  readonly #options: Options
  readonly #past: { id: string; before: Said | null }[] = []
  /** latest versions known */
  readonly #versions = emptyMap<string, number>()
  #outbox: ReturnType<typeof createOutbox<FindingChange>> | null = null

  constructor(options: Options) {
    this.#options = options
    this.#take(options.findings)
  }

  /** Begins to send and to ask what others record. @returns what ends it */
  start(): () => void {
    const { owner, patientId } = this.#options
    const outbox = createOutbox<FindingChange>({
      shelf: localStorage,
      kind: 'findings',
      owner,
      page: crypto.randomUUID(),
      send: (change) => this.#send(change),
      settled: (_, sent) => this.#settled(sent),
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
    for (const change of outbox.open()) if (change.patientId === patientId) this.#show(change)

    const ask = () => void this.refresh()
    const poll = setInterval(() => document.visibilityState === 'visible' && ask(), pollMs)
    addEventListener('focus', ask)
    return () => {
      clearInterval(poll)
      removeEventListener('focus', ask)
    }
  }

  /** What holds now on a tooth. */
  current(tooth: Fdi): Found[] {
    return this.all.filter((each) => each.tooth === tooth && each.ended === null)
  }

  /** @returns the new finding's id */
  record(what: {
    tooth: Fdi
    kind: FindingKind
    surfaces: Surface[]
    detail: string
    note?: string
  }): string {
    const now = dateOf()
    const { author } = this.#options
    const found: Found = {
      note: '',
      ...what,
      id: crypto.randomUUID(),
      ended: null,
      software: '',
      image: null,
      version: 0,
      createdAt: now,
      createdBy: author,
      changedAt: now,
      changedBy: author,
      versions: [],
      isUnsent: true,
    }
    this.#remember(found.id, null)
    this.all = [...this.all, found]
    this.#put(found)
    return found.id
  }

  /** @param isStep whether it is taken back by itself: what is typed is one step, however many letters it has */
  change(id: string, part: Partial<Said>, isStep = true): void {
    const held = this.all.find((each) => each.id === id)
    if (!held) return
    if (isStep) this.#remember(id, saidOf(held))
    this.#write(held, { ...saidOf(held), ...part })
  }

  /** Takes the last change of this page back; what was recorded is ended as a mistake. @returns whether there was one */
  undo(): boolean {
    const last = this.#past.pop()
    this.steps = this.#past.length
    if (!last) return false
    const held = this.all.find(({ id }) => id === last.id)
    if (held) this.#write(held, last.before ?? { ...saidOf(held), ended: 'mistake' })
    return true
  }

  /** Asks what there is by now. What is not sent yet stays as it is here. */
  async refresh(): Promise<void> {
    if (this.unsent > 0) return
    const response = await fetch(this.#address(this.#options.patientId)).catch(() => null)
    if (!response?.ok || this.unsent > 0) return
    const { findings } = (await response.json()) as { findings: ToothFinding[] } // our own server's
    if (this.unsent === 0) this.#take(findings)
  }

  #take(findings: readonly ToothFinding[]): void {
    this.all = findings.map((each) => ({
      ...each,
      createdAt: dateOf(each.createdAt),
      changedAt: dateOf(each.changedAt),
      versions: each.versions.map((version) => ({ ...version, changedAt: dateOf(version.changedAt) })),
      isUnsent: false,
    }))
    for (const { id, version } of this.all) this.#versions.set(id, version)
  }

  #remember(id: string, before: Said | null): void {
    this.#past.push({ id, before })
    if (this.#past.length > stepsMax) this.#past.shift()
    this.steps = this.#past.length
  }

  #write(held: Found, said: Said): void {
    const written = {
      ...held,
      ...said,
      changedAt: dateOf(),
      changedBy: this.#options.author,
      isUnsent: true,
    }
    this.all = this.all.map((each) => (each.id === held.id ? written : each))
    this.#put(written)
  }

  #put(found: Found): void {
    this.#outbox?.put({
      id: found.id,
      patientId: this.#options.patientId,
      basedOn: this.#versions.get(found.id) ?? found.version,
      tooth: found.tooth,
      kind: found.kind,
      ...saidOf(found),
      image: null,
      annotationId: null,
    })
  }

  /** A change that a page before this one could not send. */
  #show(change: FindingChange): void {
    const { patientId: _patient, basedOn: _based, image: _image, annotationId: _drawn, ...said } = change
    const held = this.all.find(({ id }) => id === change.id)
    const now = dateOf()
    const { author } = this.#options
    const found: Found = {
      ...(held ?? {
        software: '',
        image: null,
        version: 0,
        createdAt: now,
        createdBy: author,
        versions: [],
      }),
      ...said,
      changedAt: now,
      changedBy: author,
      isUnsent: true,
    }
    this.all = [...this.all.filter(({ id }) => id !== change.id), found]
  }

  #address(patientId: string): string {
    return `/patients/${patientId}/teeth/findings`
  }

  async #send(change: FindingChange): Promise<Sent> {
    const response = await fetch(this.#address(change.patientId), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(change),
    })
    if (response.ok) return (await response.json()) as Sent // our own server's
    return [400, 403, 404, 413].includes(response.status) ? { outcome: 'refused' } : { outcome: 'unknown' }
  }

  #settled(sent: Sent): void {
    if (sent.outcome === 'saved') {
      this.#versions.set(sent.id, sent.version)
      this.all = this.all.map((each) =>
        each.id === sent.id ? { ...each, version: sent.version, isUnsent: false } : each,
      )
    } else if (sent.outcome === 'changed') this.notice = 'changed-stays'
    else if (sent.outcome === 'refused') this.notice = 'refused'
    // with its history, and with what others wrote
    if (sent.outcome !== 'unknown') void this.refresh()
  }
}

function saidOf({ surfaces, detail, note, ended }: Said): Said {
  return { surfaces, detail, note, ended }
}
