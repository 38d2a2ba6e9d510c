import type { AnnotationChange } from '@bitewing/db'
import { sealShelf, type DeviceOwner } from './seal-shelf.ts'

/** Where it waits: what browsers call `Storage`. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

export type Sent =
  | { outcome: 'saved' | 'kept-beside' | 'changed'; id: string; version: number }
  /** not taken, and never will be */
  | { outcome: 'refused' }
  /** nobody knows whether it came: to be sent again */
  | { outcome: 'unknown' }

/** What goes through it: something by name, in the version that was changed. */
type Versioned = { id: string; basedOn: number }

export type OutboxOptions<Change extends Versioned = AnnotationChange> = {
  shelf: Shelf
  /** names what kind of changes they are: each has shelves of its own */
  kind?: string
  /** whose changes these are */
  owner: DeviceOwner
  /** names this page among several of one browser */
  page: string
  send: (change: Change) => Promise<Sent>
  /** told after each answer, and with the number that still waits */
  settled: (change: Change, sent: Sent) => void
  waiting: (count: number, isAway: boolean) => void
  pause: (milliseconds: number) => Promise<void>
}

const pausesMs = [500, 1000, 2000, 5000, 10_000]

/**
 * Changes on their way to the server, one after the other. Each is on the browser's shelf before it is sent, and
 * leaves it once the server has answered: a closed tab, a flat battery or a network that is away lose nothing. What
 * another page of the same person left there is taken over. Nobody else reads it there.
 */
export function createOutbox<Change extends Versioned = AnnotationChange>(options: OutboxOptions<Change>) {
  const { kind = 'unsent', owner, send, settled, waiting, pause } = options
  const shelf = sealShelf(options.shelf, owner)
  const shelves = `bitewing.${kind}.${owner.name}.`
  const mine = `${shelves}${options.page}`
  const queue: { change: Change; isTried: boolean }[] = []
  let isSending = false

  function keep(): void {
    if (queue.length === 0) shelf.removeItem(mine)
    else shelf.setItem(mine, JSON.stringify(queue.map(({ change }) => change)))
  }

  function put(change: Change): void {
    const at = queue.findIndex((each) => each.change.id === change.id && !each.isTried)
    const earlier = queue[at]
    // many small moves of one annotation are one change
    if (earlier) queue[at] = { change: { ...change, basedOn: earlier.change.basedOn }, isTried: false }
    else queue.push({ change, isTried: false })
    keep()
    void sendAll()
  }

  async function sendAll(): Promise<void> {
    if (isSending) return
    isSending = true
    for (let tries = 0; ;) {
      const [first] = queue
      waiting(queue.length, tries > 1)
      if (!first) break
      first.isTried = true
      const sent = await send(first.change).catch((): Sent => ({ outcome: 'unknown' }))
      if (sent.outcome === 'unknown') {
        await pause(pausesMs[Math.min(tries++, pausesMs.length - 1)] ?? 1000)
        continue
      }
      tries = 0
      queue.shift()
      if (sent.outcome === 'saved') {
        for (const each of queue) if (each.change.id === sent.id) each.change.basedOn = sent.version
      }
      keep()
      waiting(queue.length, false)
      settled(first.change, sent)
    }
    isSending = false
  }

  return {
    put,
    /** Takes over what was left and begins to send. @returns what waits, the oldest first */
    open(): Change[] {
      const names = Array.from({ length: shelf.length }, (_, index) => shelf.key(index) ?? '')
      for (const name of names) {
        if (!name.startsWith(shelves)) continue
        queue.push(...parse<Change>(shelf.getItem(name)).map((change) => ({ change, isTried: true })))
        if (name !== mine) shelf.removeItem(name)
      }
      keep()
      void sendAll()
      return queue.map(({ change }) => change)
    },
    get waiting(): number {
      return queue.length
    },
  }
}

function parse<Change>(text: string | null): Change[] {
  try {
    const parsed: unknown = JSON.parse(text ?? '[]')
    // written by `keep` above; the server judges each one
    return Array.isArray(parsed) ? (parsed as Change[]) : []
  } catch {
    return []
  }
}
