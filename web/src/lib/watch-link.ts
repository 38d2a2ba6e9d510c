import { invalidateAll } from '$app/navigation'

const askedAgainMs = 10_000

/**
 * Asks whether the link that a shared page was opened by still opens it, when a picture does not come, when a file is
 * asked for (the browser shows nothing of one that is refused), and when somebody comes back to the page: what the
 * practice has withdrawn meanwhile makes room for a page that says so. Who is only out of reach keeps the page, and what
 * was typed or looked at on it: both would be gone once the page is asked for in vain.
 *
 * @returns `ask` for a picture that is missed otherwise than by an image element; `listen` when the page is mounted
 */
export function watchLink(): { ask(): Promise<void>; listen(): () => void } {
  let asked = -Infinity
  async function ask() {
    if (performance.now() - asked < askedAgainMs) return
    asked = performance.now()
    const answer = await fetch(location.pathname, { method: 'HEAD' }).catch(() => null)
    if (!answer) asked = -Infinity
    else if (answer.status === 404) await invalidateAll()
  }
  const missed = ({ target }: Event) => {
    if (target instanceof HTMLImageElement) void ask()
  }
  const pressed = ({ target }: Event) => {
    if (!(target instanceof Element) || !target.closest('a[download]')) return
    asked = -Infinity
    void ask()
  }
  const back = () => {
    if (document.visibilityState === 'visible') void ask()
  }
  return {
    ask,
    listen() {
      addEventListener('error', missed, true) // of an image it does not bubble
      addEventListener('click', pressed)
      document.addEventListener('visibilitychange', back)
      return () => {
        removeEventListener('error', missed, true)
        removeEventListener('click', pressed)
        document.removeEventListener('visibilitychange', back)
      }
    },
  }
}
