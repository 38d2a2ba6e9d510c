import { Readable } from 'node:stream'
import type { Handler } from 'hono'
import { Agent, request, type Dispatcher } from 'undici'
import type { GatewayEnv } from './gateway-env.ts'
import { webStream } from './web-stream.ts'

/** Headers of one connection, RFC 9110 §7.6.1, and those that the gateway alone may say. */
const notForwarded = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'host',
  'expect',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
])

/** Hands everything that is not the gateway's to the web process, streamed both ways and unchanged. */
export function proxyToWeb({
  webUrl,
  publicUrl,
  trustedProxy,
}: {
  webUrl: string | undefined
  publicUrl: string
  trustedProxy: boolean
}): Handler<GatewayEnv> {
  const agent = new Agent({ connections: 64, headersTimeout: 60_000, bodyTimeout: 120_000 })
  const publicProtocol = new URL(publicUrl).protocol.replace(':', '')

  return async function proxyToWeb(c) {
    if (!webUrl) return c.notFound()
    const url = new URL(c.req.url)
    const headers: Record<string, string> = {}
    c.req.raw.headers.forEach((value, name) => {
      if (!notForwarded.has(name)) headers[name] = value
    })
    headers['x-forwarded-for'] = c.var.address
    headers['x-forwarded-host'] = c.req.header('Host') ?? url.host
    headers['x-forwarded-proto'] = trustedProxy
      ? (c.req.header('X-Forwarded-Proto') ?? publicProtocol)
      : publicProtocol

    // Set, not resolved: a path that begins with two slashes would name another host, which would get the cookies.
    const target = new URL(webUrl)
    target.pathname = url.pathname
    target.search = url.search

    const { body } = c.req.raw
    let answer: Dispatcher.ResponseData
    try {
      answer = await request(target, {
        method: c.req.method,
        headers,
        body: body ? Readable.fromWeb(body) : null,
        dispatcher: agent,
        signal: c.req.raw.signal,
      })
    } catch (error) {
      if (c.req.raw.signal.aborted) return c.body(null, 499 as 400)
      return unavailable(error)
    }

    const responseHeaders = new Headers()
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value === undefined || notForwarded.has(name)) continue
      for (const one of Array.isArray(value) ? value : [value]) responseHeaders.append(name, one)
    }
    const empty = c.req.method === 'HEAD' || answer.statusCode === 204 || answer.statusCode === 304
    if (empty) await answer.body.dump()
    return new Response(empty ? null : webStream(answer.body), {
      status: answer.statusCode,
      headers: responseHeaders,
    })
  }
}

/** The web process is starting or was restarted: a page that tries again by itself. */
function unavailable(_error: unknown): Response {
  return new Response(
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Bitewing</title>' +
      '<body style="font:16px system-ui;display:grid;place-items:center;min-height:90vh;background:#111;color:#ddd">' +
      '<p>Bitewing is starting … / Bitewing démarre …</p>',
    {
      status: 503,
      headers: {
        'Content-Type': 'text/html; charset=utf-8',
        'Retry-After': '2',
        'Cache-Control': 'no-store',
      },
    },
  )
}
