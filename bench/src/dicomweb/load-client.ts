import { createConnection, type Socket } from 'node:net'

/** What a load client is told to do: requests of one kind, over connections that stay open. */
export type Load = {
  /** address of the server, e.g. http://127.0.0.1:8080 */
  origin: string
  /** paths that are asked for: drawn at random from `seed` on, or, without one, each once in their order */
  paths: string[]
  headers: Record<string, string>
  connections: number
  /** no request begins after this; those under way are awaited */
  durationMs: number
  seed?: number
}

export type LoadResult = {
  requests: number
  /** answers with another status than 200, by status */
  otherStatuses: Record<string, number>
  /** from the first request to the end of the last answer */
  seconds: number
  /** of each request, from its first byte to the last byte of its answer */
  milliseconds: number[]
  /** bytes of bodies received */
  bytes: number
  /** processor time of the client's own process */
  clientCpuSeconds: number
}

/**
 * Asks as fast as the answers come. It speaks HTTP/1.1 on the socket itself and reads into one buffer that is used
 * again and again, so that it costs a small part of what any server does for the same bytes.
 */
export async function runLoad(load: Load): Promise<LoadResult> {
  const { hostname, port, host } = new URL(load.origin)
  const fields = Object.entries({ Host: host, ...load.headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const requests = load.paths.map((path) =>
    Buffer.from(`GET ${path} HTTP/1.1\r\n${fields.join('')}\r\n`, 'latin1'),
  )
  const drawn = load.seed === undefined ? null : random(load.seed)
  let asked = 0
  const next = () => requests[drawn ? Math.floor(drawn() * requests.length) : asked++]
  const milliseconds: number[] = []
  const otherStatuses: Record<string, number> = {}
  let bytes = 0
  const cpuBefore = process.cpuUsage()
  const started = performance.now()
  const end = started + load.durationMs

  const connection = async () => {
    let open: Connection | null = null
    try {
      while (performance.now() < end) {
        const request = next()
        if (!request) return
        const begun = performance.now()
        open ??= await connect(Number(port) || 80, hostname)
        const answer = await open.ask(request)
        milliseconds.push(performance.now() - begun)
        bytes += answer.bytes
        if (answer.status !== 200) {
          otherStatuses[answer.status] = (otherStatuses[answer.status] ?? 0) + 1
        }
        if (answer.closed) {
          open.close()
          open = null
        }
      }
    } finally {
      open?.close()
    }
  }
  await Promise.all(Array.from({ length: load.connections }, connection))
  const cpu = process.cpuUsage(cpuBefore)
  return {
    requests: milliseconds.length,
    otherStatuses,
    seconds: (performance.now() - started) / 1000,
    milliseconds,
    bytes,
    clientCpuSeconds: (cpu.user + cpu.system) / 1e6,
  }
}

type Answer = { status: number; bytes: number; closed: boolean }
type Connection = { ask(request: Buffer): Promise<Answer>; close(): void }

async function connect(port: number, host: string): Promise<Connection> {
  let waiting: { resolve(answer: Answer): void; reject(reason: Error): void } | null = null
  let reader = answerReader()
  const settle = (answer: Answer) => {
    const { resolve } = waiting ?? {}
    waiting = null
    reader = answerReader()
    resolve?.(answer)
  }
  const fail = () => {
    waiting?.reject(new Error('The connection ended within an answer'))
    waiting = null
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket: Socket = createConnection(
    {
      port,
      host,
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafeSlow(256 * 1024),
        callback(count, buffer) {
          const answer = reader.push(Buffer.from(buffer.buffer, buffer.byteOffset, count))
          if (answer) settle(answer)
          return true
        },
      },
    },
    resolve,
  )
  socket.on('error', (error) => {
    reject(error)
    fail()
  })
  socket.on('end', () => {
    const answer = waiting && reader.end()
    if (answer) settle(answer)
    else fail()
  })
  await promise
  return {
    ask: (request) =>
      new Promise<Answer>((settled, failed) => {
        waiting = { resolve: settled, reject: failed }
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}

/** Follows one answer (RFC 9112 §6.3) without keeping its body: by its length, in chunks, or to the connection's end. */
export function answerReader(): { push(piece: Buffer): Answer | null; end(): Answer | null } {
  let head = ''
  let state: 'head' | 'counted' | 'chunk-size' | 'chunk' | 'trailer' | 'to-the-end' = 'head'
  let status = 0
  let closes = false
  let left = 0
  let bytes = 0
  let line = ''

  return {
    push(piece) {
      let at = 0
      while (at < piece.length || (state === 'counted' && left === 0)) {
        switch (state) {
          case 'head': {
            const before = head.length
            head += piece.toString('latin1', at, Math.min(piece.length, at + 16_384))
            const stop = head.indexOf('\r\n\r\n')
            if (stop < 0) return null
            at += stop + 4 - before
            head = head.slice(0, stop) // a multipart body begins with headers of its own
            status = Number(head.slice(9, 12))
            const field = (name: string) =>
              new RegExp(`\r\n${name}: *([^\r]*)`, 'i').exec(head)?.[1]?.toLowerCase()
            closes = field('connection') === 'close'
            const length = field('content-length')
            if (field('transfer-encoding') === 'chunked') state = 'chunk-size'
            else if (length === undefined) state = 'to-the-end'
            else {
              state = 'counted'
              left = Number(length)
            }
            break
          }
          case 'counted': {
            const take = Math.min(left, piece.length - at)
            left -= take
            bytes += take
            at += take
            if (left === 0) return { status, bytes, closed: closes }
            break
          }
          case 'chunk-size':
          case 'trailer': {
            const stop = piece.indexOf(10, at)
            line += piece.toString('latin1', at, stop < 0 ? piece.length : stop)
            if (stop < 0) return null
            at = stop + 1
            const text = line.trim()
            line = ''
            if (state === 'trailer') {
              if (text === '') return { status, bytes, closed: closes }
            } else {
              left = Number.parseInt(text, 16)
              state = left === 0 ? 'trailer' : 'chunk'
              bytes += left
              left += 2 // the line's end behind it
            }
            break
          }
          case 'chunk': {
            const take = Math.min(left, piece.length - at)
            left -= take
            at += take
            if (left === 0) state = 'chunk-size'
            break
          }
          case 'to-the-end':
            bytes += piece.length - at
            at = piece.length
        }
      }
      return null
    },
    end: () => (state === 'to-the-end' ? { status, bytes, closed: true } : null),
  }
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
