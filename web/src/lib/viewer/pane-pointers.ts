import type { PanePoint } from './view.ts'

type Moved = {
  /** where the pointer is; of two, their middle */
  point: PanePoint
  /** how far that has gone since it was last told, in CSS pixels */
  x: number
  y: number
  /** of two: how many times as far apart they are as when it was last told; else null */
  by: number | null
}

/**
 * The mouse, the pen and the fingers that are down on a pane. Two of them zoom and move it, whatever its tool. Places
 * are in CSS pixels from the pane's upper left corner.
 */
export class PanePointers {
  /** where the last one went down */
  began: PanePoint = { x: 0, y: 0 }
  #root: HTMLElement | null = null
  readonly #down = new Map<number, PanePoint>()
  #last: PanePoint = { x: 0, y: 0 }
  #spread = 0

  /** How many are down. */
  get count(): number {
    return this.#down.size
  }

  /** To be called before any event comes. */
  attach(root: HTMLElement): void {
    this.#root = root
  }

  at({ clientX, clientY }: MouseEvent): PanePoint {
    const { left = 0, top = 0 } = this.#root?.getBoundingClientRect() ?? {}
    return { x: clientX - left, y: clientY - top }
  }

  /** One goes down, and stays the pane's until it is up, wherever it goes. @returns where */
  down(event: PointerEvent): PanePoint {
    const point = this.at(event)
    this.#down.set(event.pointerId, point)
    this.#root?.setPointerCapture(event.pointerId)
    this.began = this.#last = point
    if (this.count === 2) [this.#last, this.#spread] = [this.#middle(), this.#apart()]
    return point
  }

  /** @returns null for one that is not down */
  move(event: PointerEvent): Moved | null {
    if (!this.#down.has(event.pointerId)) return null
    this.#down.set(event.pointerId, this.at(event))
    const isPinch = this.count === 2
    const [before, spread] = [this.#last, this.#spread]
    const point = (this.#last = isPinch ? this.#middle() : this.at(event))
    if (isPinch) this.#spread = this.#apart()
    return {
      point,
      x: point.x - before.x,
      y: point.y - before.y,
      by: isPinch ? (spread > 0 ? this.#spread / spread : 1) : null,
    }
  }

  /** @returns whether it was down */
  up({ pointerId }: PointerEvent): boolean {
    const wasDown = this.#down.delete(pointerId)
    // the one that stays goes on from where it is, not from the middle of the two
    const [left] = this.#down.values()
    if (wasDown && left && this.count === 1) this.#last = left
    return wasDown
  }

  #middle(): PanePoint {
    const [a, b] = [...this.#down.values()]
    return a && b ? { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } : this.#last
  }
  #apart(): number {
    const [a, b] = [...this.#down.values()]
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0
  }
}
