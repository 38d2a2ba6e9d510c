import type { Attachment } from 'svelte/attachments'
import { wheelZoom } from './wheel-zoom.ts'

const scaleMax = 8
const step = 1.4

type Point = { x: number; y: number }

/**
 * Zoom and pan of a picture by wheel, pinch, drag, double tap and keys. Positions are CSS pixels from the middle
 * of the pane; scale 1 fits the pane.
 */
export class Zoom {
  scale = $state(1)
  x = $state(0)
  y = $state(0)
  readonly zoomed = $derived(this.scale > 1.001)
  readonly transform = $derived(`translate(${this.x}px, ${this.y}px) scale(${this.scale})`)
  #pane: HTMLElement | null = null

  reset = () => {
    this.scale = 1
    this.x = 0
    this.y = 0
  };
  in = () => this.#to(this.scale * step, { x: 0, y: 0 })
  out = () => this.#to(this.scale / step, { x: 0, y: 0 })

  /** Zooms so that the point under the fingers stays under them. */
  #to(wanted: number, about: Point) {
    const scale = Math.min(scaleMax, Math.max(1, wanted))
    const ratio = scale / this.scale
    this.x = about.x - (about.x - this.x) * ratio
    this.y = about.y - (about.y - this.y) * ratio
    this.scale = scale
    this.#keepInside()
  }

  #keepInside() {
    const { clientWidth: width = 0, clientHeight: height = 0 } = this.#pane ?? {}
    const spareX = (width * (this.scale - 1)) / 2
    const spareY = (height * (this.scale - 1)) / 2
    this.x = Math.min(spareX, Math.max(-spareX, this.x))
    this.y = Math.min(spareY, Math.max(-spareY, this.y))
  }

  /** Listens on the pane; `swipe` is told of a quick sideways stroke while the picture fits. */
  listen(
    swipe: (direction: -1 | 1) => void = () => {},
    { doubleTap = true }: { doubleTap?: boolean } = {},
  ): Attachment<HTMLElement> {
    return (pane) => {
      this.#pane = pane
      let fingers: { id: number; at: Point }[] = []
      const points = () => fingers.map(({ at }) => at)
      let spread = 0
      let began: Point & { at: number; moved: boolean } = { x: 0, y: 0, at: 0, moved: false }
      let lastTap = 0

      const fromMiddle = (point: Point): Point => {
        const box = pane.getBoundingClientRect()
        return { x: point.x - box.left - box.width / 2, y: point.y - box.top - box.height / 2 }
      }
      const down = (event: PointerEvent) => {
        if (event.pointerType === 'mouse' && event.button !== 0) return
        pane.setPointerCapture(event.pointerId)
        fingers.push({ id: event.pointerId, at: { x: event.clientX, y: event.clientY } })
        if (fingers.length === 1)
          began = { x: event.clientX, y: event.clientY, at: event.timeStamp, moved: false }
        else began.moved = true
        spread = distance(points())
      }
      const move = (event: PointerEvent) => {
        const finger = fingers.find(({ id }) => id === event.pointerId)
        if (!finger) return
        const before = finger.at
        const now = { x: event.clientX, y: event.clientY }
        finger.at = now
        if (Math.hypot(now.x - began.x, now.y - began.y) > 8) began.moved = true
        if (fingers.length === 1 && this.zoomed) {
          this.x += now.x - before.x
          this.y += now.y - before.y
          this.#keepInside()
        } else if (fingers.length === 2) {
          const both = points()
          const wide = distance(both)
          if (spread > 0) this.#to(this.scale * (wide / spread), fromMiddle(middle(both)))
          spread = wide
        }
      }
      const up = (event: PointerEvent) => {
        if (!fingers.some(({ id }) => id === event.pointerId)) return
        fingers = fingers.filter(({ id }) => id !== event.pointerId)
        spread = distance(points())
        if (fingers.length > 0 || event.type === 'pointercancel') return
        const across = event.clientX - began.x
        const quick = event.timeStamp - began.at < 600
        if (
          !this.zoomed &&
          quick &&
          Math.abs(across) > 50 &&
          Math.abs(across) > 2 * Math.abs(event.clientY - began.y)
        ) {
          swipe(across < 0 ? 1 : -1)
        } else if (doubleTap && !began.moved && quick) {
          if (event.timeStamp - lastTap < 320) {
            if (this.zoomed) this.reset()
            else this.#to(2.5, fromMiddle({ x: event.clientX, y: event.clientY }))
            lastTap = 0
          } else lastTap = event.timeStamp
        }
      }
      const wheel = (event: WheelEvent) => {
        event.preventDefault()
        this.#to(this.scale * wheelZoom(event), fromMiddle({ x: event.clientX, y: event.clientY }))
      }
      pane.addEventListener('pointerdown', down)
      pane.addEventListener('pointermove', move)
      pane.addEventListener('pointerup', up)
      pane.addEventListener('pointercancel', up)
      pane.addEventListener('wheel', wheel, { passive: false })
      return () => {
        this.#pane = null
        pane.removeEventListener('pointerdown', down)
        pane.removeEventListener('pointermove', move)
        pane.removeEventListener('pointerup', up)
        pane.removeEventListener('pointercancel', up)
        pane.removeEventListener('wheel', wheel)
      }
    }
  }

  /** @returns whether the key meant something */
  key(key: string): boolean {
    if (key === '+' || key === '=') this.in()
    else if (key === '-' || key === '−') this.out()
    else if (key === '0') this.reset()
    else return false
    return true
  }
}

function distance([a, b]: Point[]): number {
  return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0
}

function middle([a, b]: Point[]): Point {
  return a && b ? { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } : { x: 0, y: 0 }
}
