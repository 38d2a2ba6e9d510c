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
/** A page's data are there long before; after that the connection has died unnoticed. */
const silenceMs = 30_000

/**
 * `fetch` for a page that stays open all day. Where the session has ended it waits until somebody has logged in again
 * and asks once more; where the server is away, what only reads the page's data is asked for until it comes, also where
 * another page has been asked for since: whoever hears that one failed puts an error page there, or loads the page anew.
 * So neither that nor the log-in page takes the place of what people are working on.
 */
export function createSteadyFetch({ fetch, origin, loggedInAgain, away, pause }: Options): Fetch {
  return async function steadyFetch(input, init) {
    // a Request's body can be sent once: not ours to repeat
    if (input instanceof Request) return fetch(input, init)
    const url = new URL(input, origin)
    if (url.origin !== origin || /^\/login(\/|$)/.test(url.pathname)) return fetch(input, init)

    const isPageData = url.pathname.endsWith('/__data.json') && (init?.method ?? 'GET') === 'GET'
    const ask = isPageData ? heard(fetch) : fetch
    for (let tries = 0; ; tries++) {
      const response = await ask(input, init).catch((error: unknown) => {
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
      if (tries > 0) away(true)
      await pause(pausesMs[Math.min(tries, pausesMs.length - 1)] ?? 1000)
    }
  }
}

/** `fetch` with a whole answer, or none where it does not come; whoever asks may end it by a signal of theirs instead. */
function heard(fetch: Fetch): Fetch {
  return async (input, init) => {
    if (init?.signal) return fetch(input, init)
    const silence = new AbortController()
    const timer = setTimeout(() => silence.abort(), silenceMs)
    try {
      const { body, status, statusText, headers } = await fetch(input, { ...init, signal: silence.signal })
      return new Response(body && (await new Response(body).arrayBuffer()), { status, statusText, headers })
    } finally {
      clearTimeout(timer)
    }
  }
}
