import type { ModelDistance } from '@bitewing/db'
import type { ModelPoint } from './model-scene.ts'

type Options = {
  distances: readonly ModelDistance[]
  /** @returns whether it was kept; null when the server was not reached: to be asked again */
  save: (distance: {
    id: string
    a: ModelPoint
    b: ModelPoint
    isDeleted: boolean
  }) => Promise<boolean | null>
  pause?: (milliseconds: number) => Promise<void>
}
/** `by` null: just measured here */
export type Distance = {
  id: string
  a: ModelPoint
  b: ModelPoint
  by: { name: string | null; at: Date } | null
}

const retryMs = 2000

/** What is measured on a patient's models: shown at once, kept one after the other, tried again until it is. */
export class Distances {
  all: readonly Distance[]
  /** how many changes wait for the server */
  unsent = $state(0)
  isAway = $state(false)
  /** the server has not taken one: it is gone again */
  isRefused = $state(false)
  #options: Options
  #queue: { distance: Distance; isDeleted: boolean }[] = []
  #isSending = false

  constructor(options: Options) {
    this.#options = options
    this.all = $state.raw(
      options.distances.map(({ id, from, to, createdAt, createdBy }) => ({
        id,
        a: { id: from.instanceId, at: from.at },
        b: { id: to.instanceId, at: to.at },
        by: { name: createdBy, at: createdAt },
      })),
    )
  }

  /** Those between two of these models. */
  of(ids: readonly string[]): readonly Distance[] {
    return this.all.filter(({ a, b }) => ids.includes(a.id) && ids.includes(b.id))
  }

  add(a: ModelPoint, b: ModelPoint): Distance {
    const distance = { id: crypto.randomUUID(), a, b, by: null }
    this.all = [...this.all, distance]
    this.#put(distance, false)
    return distance
  }

  remove(distance: Distance): void {
    this.all = this.all.filter(({ id }) => id !== distance.id)
    this.#put(distance, true)
  }

  restore(distance: Distance): void {
    this.all = [...this.all, distance]
    this.#put(distance, false)
  }

  #put(distance: Distance, isDeleted: boolean): void {
    this.isRefused = false
    this.#queue.push({ distance, isDeleted })
    this.unsent = this.#queue.length
    void this.#send()
  }

  async #send(): Promise<void> {
    if (this.#isSending) return
    this.#isSending = true
    const { save, pause = sleep } = this.#options
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      const { distance, isDeleted } = next
      const kept = await save({ id: distance.id, a: distance.a, b: distance.b, isDeleted })
      this.isAway = kept === null
      if (kept === null) {
        await pause(retryMs)
        continue
      }
      this.#queue.shift()
      this.unsent = this.#queue.length
      if (!kept) {
        this.isRefused = true
        if (!isDeleted) this.all = this.all.filter(({ id }) => id !== distance.id)
      }
    }
    this.#isSending = false
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
