/** What an open page hears; `heard` resolves with the moment (as performance.now()) a study was told of. */
export type Events = { heard(study: string): Promise<number>; close(): void }

/**
 * Follows the live events as an open page does, and resolves once the gateway has said `ready`.
 *
 * @param url address of the system, without a slash at the end
 * @see WHATWG HTML §9.2 Server-sent events
 */
export async function followEvents(url: string, authorization: string): Promise<Events> {
  const stopping = new AbortController()
  const response = await fetch(`${url}/api/events`, {
    headers: { Authorization: authorization, Accept: 'text/event-stream' },
    signal: stopping.signal,
  })
  if (!response.ok || !response.body) throw new Error(`The live events answered ${response.status}`)

  const moments = new Map<string, number>()
  const waiting = new Map<string, (moment: number) => void>()
  const { promise: ready, resolve: beReady, reject: notReady } = Promise.withResolvers<void>()
  const { body } = response

  async function read() {
    let text = ''
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const events = text.split('\n\n')
      text = events.pop() ?? ''
      for (const event of events) {
        const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(event)?.[1] ?? ''
        if (field('event') === 'ready') beReady()
        if (field('event') !== 'study') continue
        const { studyInstanceUid } = JSON.parse(field('data')) as { studyInstanceUid: string } // the gateway's StudyNotice
        const moment = performance.now()
        if (!moments.has(studyInstanceUid)) moments.set(studyInstanceUid, moment)
        waiting.get(studyInstanceUid)?.(moment)
      }
    }
  }
  read().then(
    () => notReady(new Error('The live events ended')),
    (error: unknown) => notReady(error),
  )
  await ready

  return {
    heard(study) {
      const known = moments.get(study)
      if (known !== undefined) return Promise.resolve(known)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('A study was not told of within 20 s')), 20_000)
        waiting.set(study, (moment) => {
          clearTimeout(timer)
          resolve(moment)
        })
      })
    },
    close: () => stopping.abort(),
  }
}
