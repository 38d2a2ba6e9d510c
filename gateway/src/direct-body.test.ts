import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve, type ServerType } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { directAnswer, sendDirectly, type Batch } from './direct-body.ts'
import { giveBackMemory, ownMemory } from './own-memory.ts'

const content = randomBytes(3_000_000)
/** What the last body has come through. */
let seen = { pulled: 0, givenBack: 0, ended: false, closes: 0 }

/** The content in pieces of several sizes, each in memory of its own that is given back. */
async function* batches(failsAt = Infinity): AsyncGenerator<Batch> {
  try {
    for (let at = 0; at < content.length; at += 600_000) {
      if (at >= failsAt) throw new Error('the store is away')
      seen.pulled++
      const pieces = [0, 1, 300_000].map((from, index) =>
        ownMemory(Buffer.from(content.subarray(at + from, at + ([1, 300_000][index] ?? 600_000)))),
      )
      const giveBack = () => {
        seen.givenBack++
        pieces.forEach(giveBackMemory)
      }
      yield await Promise.resolve({ pieces, giveBack })
    }
  } finally {
    seen.ended = true
  }
}

const app = new Hono()
  .use(async (c, next) => {
    await next()
    if (c.req.method === 'HEAD' && c.res.body) {
      const { body } = c.res
      c.res = new Response(null, c.res)
      await body.cancel()
    }
    // an object of its own, as some middleware makes
    if (c.req.path === '/part') c.res = new Response(c.res.body, c.res)
    c.res.headers.set('X-Late', 'yes')
    c.res.headers.append('Set-Cookie', 'a=1')
    c.res.headers.append('Set-Cookie', 'b=2')
  })
  .get('/:form', (c) => {
    seen = { pulled: 0, givenBack: 0, ended: false, closes: 0 }
    const form = c.req.param('form')
    if (form === 'counted') c.header('Content-Length', String(content.length))
    const answer = directAnswer(c, batches(form === 'failing' ? 1_200_000 : Infinity), {
      status: form === 'part' ? 206 : 200,
      onClose: () => seen.closes++,
    })
    return form === 'refused' ? c.text('no', 403) : answer
  })

let server: ServerType
let url: string
beforeAll(async () => {
  server = serve({ fetch: sendDirectly(app.fetch), port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // a TCP server
})
afterAll(() => server.close())

test.each([
  ['counted', 200],
  ['in-chunks', 200],
  ['part', 206],
])(
  'a body arrives whole, with the headers that were set last, and its memory is given back: %s',
  async (form, status) => {
    const response = await fetch(`${url}/${form}`)
    expect(response.status).toBe(status)
    expect(response.headers.get('X-Late')).toBe('yes')
    expect(response.headers.has('X-Direct')).toBe(false)
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true)
    expect(seen).toEqual({ pulled: 5, givenBack: 5, ended: true, closes: 1 })
  },
)

test('without a socket it is an ordinary stream', async () => {
  const response = await app.request('/counted')
  expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true)
  expect(seen).toMatchObject({ ended: true, closes: 1, givenBack: 0 })
})

test('a client that reads slowly is waited for, and one that goes away ends the source', async () => {
  const asked = request(`${url}/counted`).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage] // by its event
  await expect.poll(() => seen.pulled).toBeGreaterThan(0)
  response.destroy()
  await expect.poll(() => seen).toMatchObject({ ended: true, closes: 1 })
})

test('a source that fails breaks the connection: what came is not taken for the whole', async () => {
  const response = await fetch(`${url}/failing`)
  await expect(response.arrayBuffer()).rejects.toThrow()
  expect(seen).toMatchObject({ pulled: 2, ended: true, closes: 1 })
})

test('where a head alone or something else is answered, nothing of the body is read', async () => {
  const head = await fetch(`${url}/counted`, { method: 'HEAD' })
  expect([head.status, head.headers.get('Content-Length')]).toEqual([200, String(content.length)])
  expect(head.headers.has('X-Direct')).toBe(false)
  expect(seen).toMatchObject({ pulled: 0, closes: 1 })
  const refused = await fetch(`${url}/refused`)
  expect([refused.status, await refused.text()]).toEqual([403, 'no'])
  expect(refused.headers.has('X-Direct')).toBe(false)
  expect(seen).toMatchObject({ pulled: 0, closes: 1 })
})

test('several requests on one connection each get their own body', async () => {
  const answers = await Promise.all(
    Array.from({ length: 6 }, async () => Buffer.from(await (await fetch(`${url}/counted`)).arrayBuffer())),
  )
  for (const answer of answers) expect(answer.equals(content)).toBe(true)
})

test('memory that is not known to be one reader’s alone is left as it is', () => {
  const shared = Buffer.from('of the pool')
  giveBackMemory(ownMemory(shared))
  expect(shared.toString()).toBe('of the pool')
  const own = ownMemory(Buffer.alloc(100_000, 7))
  const part = own.subarray(5)
  giveBackMemory(part)
  expect([own.length, part.length]).toEqual([0, 0])
})
