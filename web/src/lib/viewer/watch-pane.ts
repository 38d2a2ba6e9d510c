import { untrack } from 'svelte'
import type { Size } from './view.ts'

/**
 * Tells a pane's size, in CSS pixels, now and whenever it changes, and of the wheel over it, by which the page does not
 * scroll.
 *
 * @returns what ends it
 */
export function watchPane(
  element: HTMLElement,
  { onsize, onwheel }: { onsize: (size: Size) => void; onwheel: (event: WheelEvent) => void },
): () => void {
  const measured = () => onsize({ width: element.clientWidth, height: element.clientHeight })
  const observer = new ResizeObserver(measured)
  untrack(measured)
  observer.observe(element)
  const wheel = (event: WheelEvent) => {
    event.preventDefault()
    onwheel(event)
  }
  element.addEventListener('wheel', wheel, { passive: false })
  return () => {
    observer.disconnect()
    element.removeEventListener('wheel', wheel)
  }
}
