type Fetch = typeof fetch

type Options = {
  fetch: Fetch
  origin: string
  /** resolves once somebody has logged in again */
  loggedInAgain: () => Promise<void>
  away: (isAway: boolean) => void
  /** resolves when it is time to try again */
  pause: (milliseconds: number) => Promise<void>
}

const pausesMs = [500, 1000, 2000, 3000]
const awayStatuses = new Set([502, 503, 504])

/**
 * `fetch` for a page that stays open all day. Where the session has ended it waits until somebody has logged in again
 * and asks once more; where the server is away, what only reads the page's data is asked for until it comes. So
 * neither an error page nor the log-in page takes the place of what people are working on.
 *
 * Only the latest of the requests for a page's data waits: the others nobody needs any more.
 */
export function createSteadyFetch({ fetch, origin, loggedInAgain, away, pause }: Options): Fetch {
  let latest = 0

  return async function steadyFetch(input, init) {
    // a Request's body can be sent once: not ours to repeat
    if (input instanceof Request) return fetch(input, init)
    const url = new URL(input, origin)
    if (url.origin !== origin || /^\/login(\/|$)/.test(url.pathname)) return fetch(input, init)

    const isPageData = url.pathname.endsWith('/__data.json') && (init?.method ?? 'GET') === 'GET'
    const turn = isPageData ? ++latest : latest
    for (let tries = 0; ; tries++) {
      const response = await fetch(input, init).catch((error: unknown) => {
        if (!isPageData || init?.signal?.aborted) throw error
        return null
      })
      if (response?.status === 401) {
        await loggedInAgain()
        continue
      }
      const isAway = response === null || awayStatuses.has(response.status)
      if (response !== null && !(isAway && isPageData)) {
        if (isPageData) away(false)
        return response
      }
      if (turn !== latest) throw new DOMException('A later request has taken its place', 'AbortError')
      if (tries > 0) away(true)
      await pause(pausesMs[Math.min(tries, pausesMs.length - 1)] ?? 1000)
      if (turn !== latest) throw new DOMException('A later request has taken its place', 'AbortError')
    }
  }
}
