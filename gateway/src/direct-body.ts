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

type Plan = { batches: AsyncGenerator<Batch>; onClose(): void; stream: ReadableStream; taken: boolean }

/** By the bindings of a request. */
const plans = new WeakMap<object, Plan>()

/**
 * The body of an answer, for `c.body`. Where the request came over a socket it is written to that without a web
 * stream, batch by batch, each when the one before has been taken; anywhere else it is an ordinary stream.
 *
 * @param onClose called once, however it ends
 */
export function directBody(
  c: Context,
  batches: AsyncGenerator<Batch>,
  onClose = () => {},
): ReadableStream<Uint8Array> {
  let isClosed = false
  const close = () => {
    if (!isClosed) onClose()
    isClosed = true
  }
  const plan: Plan = { batches, onClose: close, stream: webStream(pieces(), close), taken: false }
  async function* pieces() {
    // the collector may end a stream that nobody reads while its batches are being written
    if (plan.taken) return
    for await (const batch of batches) yield* batch.pieces
  }
  const bindings: unknown = c.env
  if (typeof bindings === 'object' && bindings !== null) plans.set(bindings, plan)
  return plan.stream as ReadableStream<Uint8Array>
}

type Fetch = (request: Request, env: HttpBindings | Http2Bindings) => Response | Promise<Response>

/** The app as a server is to call it, so that what `directBody` made goes straight to the socket. */
export function sendDirectly(fetch: Fetch): Fetch {
  return async function sendDirectly(request, env) {
    const response = await fetch(request, env)
    const plan = plans.get(env)
    // something else was answered in the end: an error, or a head alone
    const { outgoing } = env
    if (!plan || response.body !== plan.stream || !(outgoing instanceof ServerResponse)) return response
    plan.taken = true
    await send(outgoing, response, plan)
    return RESPONSE_ALREADY_SENT
  }
}

async function send(
  outgoing: ServerResponse,
  { status, headers }: Response,
  { batches, onClose }: Plan,
): Promise<void> {
  const { promise: closed, resolve: close } = Promise.withResolvers<false>()
  outgoing.once('close', () => close(false))
  try {
    outgoing.writeHead(status, headersOf(headers))
    for await (const batch of batches) {
      if (outgoing.destroyed || !(await Promise.race([write(outgoing, batch), closed]))) return
    }
    outgoing.end()
  } catch (error) {
    // the head is gone: only a connection that breaks tells that something is missing
    outgoing.destroy(error instanceof Error ? error : undefined)
  } finally {
    onClose()
  }
}

/** Resolves when the system has taken the batch: true, or false when it never will. */
function write(outgoing: ServerResponse, { pieces, giveBack }: Batch): Promise<boolean> {
  return new Promise((resolve) => {
    const last = pieces.length - 1
    outgoing.cork()
    for (const [index, piece] of pieces.entries()) {
      if (index < last) outgoing.write(piece)
      else {
        outgoing.write(piece, (error) => {
          if (!error) giveBack?.()
          resolve(!error)
        })
      }
    }
    outgoing.uncork()
    if (last < 0) resolve(true)
  })
}

function headersOf(headers: Headers): Record<string, string | string[]> {
  const cookies = headers.getSetCookie()
  return { ...Object.fromEntries(headers), ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}) }
}
