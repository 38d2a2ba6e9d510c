import { ServerResponse } from 'node:http'
import type { Http2Bindings, HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import { webStream } from './web-stream.ts'

/** Pieces of a body that leave in one write. */
export type Batch = {
  pieces: readonly Uint8Array[]
  /** Called when the system has taken them all, and nobody reads them any more. Not called where that is not known. */
  giveBack?: (() => void) | undefined
}

type Plan = { batches: AsyncGenerator<Batch>; onClose(): void; status: number }

/** By the bindings of a request. */
const plans = new WeakMap<object, Plan>()
/** On the way to `sendDirectly`, whatever becomes of the answer's object before; never sent. */
const mark = 'X-Direct'

/**
 * An answer whose body comes batch by batch. Where the request came over a socket it is written to that without a web
 * stream, each batch when the one before has been taken; anywhere else its body is an ordinary stream.
 *
 * @param onClose called once, however it ends
 */
export function directAnswer(
  c: Context,
  batches: AsyncGenerator<Batch>,
  { status = 200, onClose = () => {} }: { status?: 200 | 206; onClose?: (() => void) | undefined } = {},
): Response {
  let isClosed = false
  const close = () => {
    if (!isClosed) onClose()
    isClosed = true
  }
  const bindings: unknown = c.env
  if (!isOfSocket(bindings)) return c.body(webStream(piecesOf(batches), close), status)
  plans.set(bindings, { batches, onClose: close, status })
  const answer = c.body(null, status)
  answer.headers.set(mark, 'yes')
  return answer
}

function isOfSocket(bindings: unknown): bindings is HttpBindings {
  return (
    typeof bindings === 'object' &&
    bindings !== null &&
    'outgoing' in bindings &&
    bindings.outgoing instanceof ServerResponse
  )
}

async function* piecesOf(batches: AsyncGenerator<Batch>): AsyncGenerator<Uint8Array> {
  for await (const { pieces } of batches) yield* pieces
}

type Fetch = (request: Request, env: HttpBindings | Http2Bindings) => Response | Promise<Response>

/** The app as a server is to call it, so that the bodies of `directAnswer` go straight to the socket. */
export function sendDirectly(fetch: Fetch): Fetch {
  return async function sendDirectly(request, env) {
    const response = await fetch(request, env)
    const plan = plans.get(env)
    if (!plan || !isOfSocket(env)) return response
    const isIt = response.headers.has(mark) && response.status === plan.status && request.method !== 'HEAD'
    response.headers.delete(mark)
    if (!isIt) {
      // something else was answered in the end: an error, or a head alone
      plan.onClose()
      return response
    }
    await send(env.outgoing, response, plan)
    return RESPONSE_ALREADY_SENT
  }
}

async function send(
  outgoing: ServerResponse,
  { status, headers }: Response,
  { batches, onClose }: Plan,
): Promise<void> {
  let isGone = false
  let settle: (isTaken: boolean) => void = () => {}
  outgoing.once('close', () => {
    isGone = true
    settle(false)
  })
  try {
    outgoing.writeHead(status, headersOf(headers))
    for await (const batch of batches) {
      if (isGone || outgoing.destroyed) return
      const isTaken = await new Promise<boolean>((resolve) => {
        settle = resolve
        write(outgoing, batch, resolve)
      })
      if (!isTaken) return
    }
    outgoing.end()
  } catch (error) {
    // the head is gone: only a connection that breaks tells that something is missing
    outgoing.destroy(error instanceof Error ? error : undefined)
  } finally {
    onClose()
  }
}

/** Tells when the system has taken the batch, or that it never will. */
function write(
  outgoing: ServerResponse,
  { pieces, giveBack }: Batch,
  settle: (isTaken: boolean) => void,
): void {
  const last = pieces.length - 1
  if (last < 0) return settle(true)
  outgoing.cork()
  for (const [index, piece] of pieces.entries()) {
    if (index < last) outgoing.write(piece)
    else {
      outgoing.write(piece, (error) => {
        if (!error) giveBack?.()
        settle(!error)
      })
    }
  }
  outgoing.uncork()
}

function headersOf(headers: Headers): Record<string, string | string[]> {
  const cookies = headers.getSetCookie()
  return { ...Object.fromEntries(headers), ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}) }
}
