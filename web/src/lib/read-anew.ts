import { invalidate, refreshAll } from '$app/navigation'
import { page } from '$app/state'

/** No longer is waited for one reading: it may be of a page that was left, or that the browser is about to leave. */
const readingMsMax = 20_000

let last: Promise<unknown> = Promise.resolve()

/**
 * Reads anew what the page shows, and keeps what lies over it (`page.state`).
 *
 * One reading follows the other: of two that overlap Kit gives up the earlier, and tells who waits for it that all is
 * done while the page still shows what was before. Where they came fast enough, none would ever be finished.
 *
 * @param wanted by what load functions depend on; left out, everything
 * @returns when the page shows it, another is gone to, or it has taken 20 s
 */
export function readAnew(wanted?: `bitewing:${string}` | ((url: URL) => boolean)): Promise<void> {
  return inTurn(async () => {
    for (;;) {
      const { state, url } = page
      await (wanted === undefined ? refreshAll() : invalidate(wanted, true))
      // what is laid over the page meanwhile has Kit give up the reading, like a page that is gone to
      if (page.state === state || page.url.href !== url.href) return
    }
  })
}

/** Runs what reads the page anew by itself, as Kit does after a form, when no other reading is under way. */
export function inTurn(read: () => Promise<void>): Promise<void> {
  const reading = last.then(async () => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const tooLong = new Promise<void>((resolve) => (timer = setTimeout(resolve, readingMsMax)))
    try {
      await Promise.race([read(), tooLong])
    } finally {
      clearTimeout(timer)
    }
  })
  last = reading.catch(() => undefined)
  return reading
}
