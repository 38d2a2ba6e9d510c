import { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import { ownMemory } from './own-memory.ts'

export type RequestBody = {
  chunks: AsyncIterable<Uint8Array>
  /** The client went away before its end. */
  isBroken(): boolean
}

/**
 * The body of a request as it comes from the connection; null when there is none. Not by way of a web stream, which
 * copies every chunk. Leaving it unread does not cut the connection, so that a refusal still reaches the client.
 */
export function requestBody(c: Context): RequestBody | null {
  // what @hono/node-server gives along; nothing in a test that asks without a socket
  const { incoming } = (c.env ?? {}) as { incoming?: unknown }
  if (incoming instanceof IncomingMessage) {
    return {
      chunks: chunksOf(incoming),
      isBroken: () => incoming.destroyed && !incoming.complete,
    }
  }
  const { body, signal } = c.req.raw
  return body && { chunks: body as unknown as AsyncIterable<Uint8Array>, isBroken: () => signal.aborted }
}

/** Node makes each chunk anew, and gives it to nobody else. */
async function* chunksOf(incoming: IncomingMessage): AsyncGenerator<Uint8Array> {
  const chunks = incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer<ArrayBuffer>> // no encoding is set
  for await (const chunk of chunks) yield ownMemory(chunk)
}
