import { expect, test } from 'vitest'
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

test('a page that is wanted later takes the place of one that is waited for', async () => {
  const answers = [null, null, 200]
  let go: () => void = () => undefined
  const fetch = createSteadyFetch({
    origin,
    fetch: async () => {
      const status = answers.shift()
      if (typeof status !== 'number') throw new TypeError('Failed to fetch')
      return new Response('', { status })
    },
    loggedInAgain: async () => {},
    away: () => {},
    pause: () => new Promise((resolve) => (go = resolve)),
  })
  const first = fetch(page)
  first.catch(() => undefined)
  await Promise.resolve()
  await Promise.resolve()
  const release = go
  const second = fetch(page)
  release()
  await expect(first).rejects.toThrow('A later request')
  await new Promise((resolve) => setTimeout(resolve))
  go()
  expect((await second).status).toBe(200)
})

test('other origins and the log-in itself are left alone', async () => {
  const { fetch, logIns } = steady([401, 401])
  expect((await fetch('https://elsewhere.example/__data.json')).status).toBe(401)
  expect((await fetch('/login?/default', { method: 'POST' })).status).toBe(401)
  expect(logIns()).toBe(0)
})
