import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { afterEach, expect, test } from 'vitest'
import type { GatewayEnv } from './gateway-env.ts'
import { proxyToWeb } from './proxy-to-web.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

async function startServer(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(server)
  return (server.address() as AddressInfo).port
}

async function startProxy(webPort: number): Promise<number> {
  const proxy = proxyToWeb({
    webUrl: `http://127.0.0.1:${webPort}`,
    publicUrl: 'http://localhost',
    trustedProxy: false,
  })
  const app = new Hono<GatewayEnv>()
    .use(async (c, next) => {
      c.set('address', '192.0.2.1')
      await next()
    })
    .all('*', proxy)
  const { promise, resolve } = Promise.withResolvers<number>()
  open.push(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port)))
  return promise
}

/** The answer to a request whose target is sent as it stands: HTTP clients would tidy it. */
async function ask(port: number, target: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(
    `GET ${target} HTTP/1.1\r\nHost: images.example.org\r\nCookie: bitewing_session=secret\r\nConnection: close\r\n\r\n`,
  )
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

// A link such as https://images.example.org//evil.example/ would else send the session's cookie there, and show what
// comes back as a page of ours.
test('no path leads to another host than the web process', async () => {
  const elsewhere: IncomingMessage[] = []
  const other = await startServer((request, response) => {
    elsewhere.push(request)
    response.end('elsewhere')
  })
  const proxy = await startProxy(await startServer((request, response) => response.end(`web ${request.url}`)))

  const targets = [
    `//127.0.0.1:${other}/page`,
    `///127.0.0.1:${other}/page`,
    `/..//127.0.0.1:${other}/page`,
    `/%2F127.0.0.1:${other}/page`,
    `//user@127.0.0.1:${other}/page?next=//127.0.0.1:${other}/`,
    `http://127.0.0.1:${other}/page`,
  ]
  for (const target of targets) expect(await ask(proxy, target), target).toMatch(/\r\nweb \//)
  expect(elsewhere).toEqual([])
})

test('path and query reach the web process as they were sent', async () => {
  const proxy = await startProxy(await startServer((request, response) => response.end(`web ${request.url}`)))
  const target = '/patients/a%20b%2Fc?q=C%C3%B4t%C3%A9&next=%2Fx%3Fy'
  expect(await ask(proxy, target)).toContain(`\r\nweb ${target}`)
})
