type Options = {
  /** Base URL of the gateway. */
  url: string
  say: (line: string) => void
  signal: AbortSignal
  /** A reason to wait no longer, or null. */
  givenUp: () => string | null
}

/** Waits until `GET /readyz` answers 200, and tells now and then what is missing. */
export async function waitUntilReady({ url, say, signal, givenUp }: Options): Promise<void> {
  let toldAt = Date.now()
  for (;;) {
    signal.throwIfAborted()
    const answer = await fetch(`${url}/readyz`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    }).catch(() => null)
    if (answer?.status === 200) return
    const body = (await answer?.text().catch(() => ''))?.slice(0, 500) ?? ''

    const reason = givenUp()
    if (reason !== null) throw new Error(reason)
    if (Date.now() - toldAt > 20_000) {
      toldAt = Date.now()
      say(`Still waiting for the system to become ready ${body === '' ? '(no answer yet)' : body}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
