import { expect, test, vi } from 'vitest'
import { createSteadyFetch } from './steady-fetch.ts'

const origin = 'https://images.example'
const page = `${origin}/patients/1/__data.json?x-sveltekit-invalidated=11`

/** Answers one after the other; null is a broken connection. */
function steady(answers: (number | null)[]) {
  const asked: string[] = []
  const said: boolean[] = []
  let logIns = 0
  const fetch = createSteadyFetch({
    origin,
    fetch: async (input) => {
      asked.push(input instanceof Request ? input.url : input.toString())
      const status = answers.shift()
      if (status === null || status === undefined) throw new TypeError('Failed to fetch')
      return new Response(`answer ${status}`, { status })
    },
    loggedInAgain: async () => {
      logIns++
    },
    away: (isAway) => said.push(isAway),
    pause: async () => {},
  })
  return { fetch, asked, said, logIns: () => logIns }
}

test('a request whose session has ended is asked again after the log-in, whatever it was', async () => {
  const reading = steady([401, 200])
  expect((await reading.fetch(page)).status).toBe(200)
  const changing = steady([401, 401, 200])
  expect((await changing.fetch('/patients/1?/share', { method: 'POST', body: 'x' })).status).toBe(200)
  expect([reading.logIns(), changing.logIns()]).toEqual([1, 2])
})

test('the data of a page are waited for while the server is away, and the page is told', async () => {
  const { fetch, asked, said } = steady([null, 503, 502, 200])
  expect((await fetch(page)).status).toBe(200)
  expect(asked).toHaveLength(4)
  expect(said).toEqual([true, true, false])
})

test('a change is never sent twice where nobody knows whether it was made', async () => {
  const broken = steady([null, 200])
  await expect(broken.fetch('/patients/1?/share', { method: 'POST' })).rejects.toThrow('Failed to fetch')
  const away = steady([503, 200])
  expect((await away.fetch('/patients/1?/share', { method: 'POST' })).status).toBe(503)
  expect([broken.asked.length, away.asked.length]).toEqual([1, 1])
})

// what hears that its page's data did not come puts an error page there, or loads the page anew
test('a page that is wanted meanwhile is waited for beside the one before', async () => {
  let isThere = false
  const waiting: (() => void)[] = []
  const fetch = createSteadyFetch({
    origin,
    fetch: async () => {
      if (!isThere) throw new TypeError('Failed to fetch')
      return new Response('')
    },
    loggedInAgain: async () => {},
    away: () => {},
    pause: () => new Promise((resolve) => waiting.push(resolve)),
  })
  const both = Promise.all([fetch(page), fetch(`${origin}/patients/2/__data.json`)])
  for (let tries = 0; tries < 3; tries++) {
    await vi.waitFor(() => expect(waiting).toHaveLength(2))
    isThere = tries === 2
    for (const go of waiting.splice(0)) go()
  }
  expect((await both).map(({ status }) => status)).toEqual([200, 200])
})

test('a connection that says nothing is given up, and the page asked for anew', async () => {
  vi.useFakeTimers()
  try {
    let asked = 0
    const fetch = createSteadyFetch({
      origin,
      fetch: (_, init) =>
        new Promise((resolve, reject) => {
          asked++
          if (asked === 2) resolve(new Response(''))
          init?.signal?.addEventListener('abort', () => reject(new Error('silence')))
        }),
      loggedInAgain: async () => {},
      away: () => {},
      pause: async () => {},
    })
    const answer = fetch(page)
    await vi.advanceTimersByTimeAsync(29_000)
    expect(asked).toBe(1)
    await vi.advanceTimersByTimeAsync(2_000)
    expect((await answer).status).toBe(200)
  } finally {
    vi.useRealTimers()
  }
})

test('other origins and the log-in itself are left alone', async () => {
  const { fetch, logIns } = steady([401, 401])
  expect((await fetch('https://elsewhere.example/__data.json')).status).toBe(401)
  expect((await fetch('/login?/default', { method: 'POST' })).status).toBe(401)
  expect(logIns()).toBe(0)
})
