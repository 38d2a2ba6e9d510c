import { invalidate, refreshAll } from '$app/navigation'

let last: Promise<unknown> = Promise.resolve()

/**
 * Reads anew what the page shows, and keeps what lies over it (`page.state`).
 *
 * One reading follows the other: of two that overlap Kit gives up the earlier, and tells who waits for it that all is
 * done while the page still shows what was before. Where they came fast enough, none would ever be finished.
 *
 * @param wanted by what load functions depend on; left out, everything
 * @returns when the page shows it, or another is gone to
 */
export function readAnew(wanted?: `bitewing:${string}` | ((url: URL) => boolean)): Promise<void> {
  const reading = last.then(() => (wanted === undefined ? refreshAll() : invalidate(wanted, true)))
  last = reading.catch(() => undefined)
  return reading
}
