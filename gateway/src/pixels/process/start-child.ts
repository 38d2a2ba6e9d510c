import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { setPriority } from 'node:os'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { giveBackMemory } from '../../own-memory.ts'
import { ComingBytes, messageParts, messageReader } from './message.ts'

/** A running child process and the one conversation with it. */
export type Child = {
  /**
   * Sends a message and waits for the answer; rejects when the process ends first. One at a time.
   *
   * @throws {SourceFailed} where bytes that were to come did not; once some had been sent the process is ended, since it
   *   waits for the rest
   */
  ask(message: unknown): Promise<unknown>
  /** Ends the process at once. */
  kill(): void
  /** Settles, never rejects, when the process is gone. */
  ended: Promise<{ exitCode: number | null; signal: string | null }>
}

/** `ComingBytes` that did not come, or broke off; `cause` is what their source threw. */
export class SourceFailed extends Error {
  override name = 'SourceFailed'
  readonly hasBegun: boolean

  constructor(cause: unknown, { hasBegun }: { hasBegun: boolean }) {
    super('bytes that were to come did not', { cause })
    this.hasBegun = hasBegun
  }
}

/** Of bytes that come, held while the process has not taken them: as much again is read meanwhile. */
const aheadBytesMax = 512 * 1024

const pixelsFolder = fileURLToPath(new URL('..', import.meta.url))

/**
 * Starts a contained process that runs `script`.
 *
 * What contains it:
 * - an empty environment: no database address, key or token to find
 * - Node's permission model: files are read below this folder and `node_modules`, none written, no process or thread started
 * - kernel limits on Linux: data memory, no core dump (it would be a picture of patients on disk), no file growth, no new
 *   privileges, and death with the parent even when it is stuck in a loop
 *
 * The permission model does not bind native code (libvips) nor the network; there the kernel's limits and the
 * deployment's sandbox are what is left.
 *
 * @param answerBytesMax longest answer that is believed; a longer one ends the process
 */
export function startChild(
  script: string,
  options: {
    argument: unknown
    memoryMaxMb: number
    answerBytesMax: number
    codeFolders: string[]
    niceness?: number | undefined
  },
): Child {
  const node = [
    process.execPath,
    '--permission',
    '--allow-addons', // libvips
    ...[pixelsFolder, ...new Set(options.codeFolders)].map((folder) => `--allow-fs-read=${folder}`),
    '--max-old-space-size=128', // pixels live outside the heap
    '--expose-gc', // see releaseCodecMemory
    '--no-warnings',
    script,
    JSON.stringify(options.argument),
  ]
  const { command, args } = contained(node, options.memoryMaxMb)
  const child = spawn(command, args, {
    env: { UV_THREADPOOL_SIZE: '2', MALLOC_ARENA_MAX: '2' },
    cwd: pixelsFolder,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  if (options.niceness && child.pid !== undefined) {
    try {
      setPriority(child.pid, options.niceness)
    } catch {
      // it has ended already, which `ended` tells
    }
  }
  const ended = new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
    child.once('error', () => resolve({ exitCode: null, signal: null }))
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
  })
  // 'pipe' on a further descriptor is a socket in both directions (node:child_process, options.stdio).
  const socket = child.stdio[3] as Duplex | undefined
  let waiting: { resolve(answer: unknown): void; reject(reason: Error): void } | null = null

  const read = messageReader(options.answerBytesMax, (answer) => {
    waiting?.resolve(answer)
    waiting = null
  })
  socket?.on('data', (chunk: Buffer) => {
    try {
      read.push(chunk)
    } catch {
      child.kill('SIGKILL')
    }
  })
  socket?.on('error', () => undefined) // EPIPE; `ended` tells
  let gone = false
  void ended.then(() => {
    gone = true
    socket?.destroy()
    waiting?.reject(new Error('the child process ended'))
    waiting = null
  })

  const write = (bytes: Uint8Array) => socket?.write(bytes, () => giveBackMemory(bytes))

  /** Returns when all has been handed over or the process is gone. */
  async function writeComing(bytes: AsyncIterable<Uint8Array>, byteLength: number): Promise<void> {
    let left = byteLength
    try {
      for await (const piece of bytes) {
        left -= piece.byteLength
        if (left < 0) throw new Error('more bytes than were announced')
        write(piece)
        while (!gone && socket && socket.writableLength > aheadBytesMax) await drained(socket)
        if (gone) return
      }
      if (left > 0) throw new Error('fewer bytes than were announced')
    } catch (cause) {
      child.kill('SIGKILL')
      throw new SourceFailed(cause, { hasBegun: true })
    }
  }

  async function send(parts: Awaited<ReturnType<typeof begun>>): Promise<void> {
    socket?.cork()
    for (const part of parts) {
      if (part instanceof Uint8Array) {
        socket?.write(part)
      } else {
        socket?.uncork()
        await writeComing(part.bytes, part.byteLength)
        socket?.cork()
      }
    }
    socket?.uncork()
  }

  return {
    async ask(message) {
      // nothing is sent before the first bytes are there: where they do not come the process is free for others
      const parts = await begun(messageParts(message))
      if (gone) throw new Error('the child process ended')
      const answer = Promise.withResolvers<unknown>()
      waiting = answer
      // an answer before the whole question would leave the rest of it to the next
      const [result] = await Promise.all([
        answer.promise,
        send(parts).catch((error: unknown) => {
          waiting = null
          throw error
        }),
      ])
      return result
    },
    kill() {
      child.kill('SIGKILL')
    },
    ended,
  }
}

/** What Node 24 reserves at its start and counts as data, touched or not: 575 MB on x86-64, and some for its threads. */
const reservedMb = 640

/** The command under kernel limits, where there is a shell to set them; elsewhere as it is. */
function contained(node: string[], memoryMaxMb: number): { command: string; args: string[] } {
  const [command = process.execPath, ...args] = node
  if (process.platform !== 'linux' || !existsSync('/bin/sh')) return { command, args }
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => {
    return existsSync(path) && !realpathSync(path).endsWith('busybox') // which has another program of this name
  })
  const wrapper = setpriv ? [setpriv, '--pdeathsig', 'KILL', '--no-new-privs', '--'] : []
  // Data memory (RLIMIT_DATA) rather than address space: WebAssembly reserves gigabytes that it never touches.
  const limits = 'ulimit -c 0; ulimit -f 0; ulimit -d "$1"; shift; exec "$@"'
  return {
    command: '/bin/sh',
    args: ['-c', limits, 'sh', String((memoryMaxMb + reservedMb) * 1024), ...wrapper, ...node],
  }
}

/** When a socket has room again, or is closed. */
function drained(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      socket.off('drain', end).off('close', end)
      resolve()
    }
    socket.on('drain', end).on('close', end)
  })
}

/** Bytes that come, of which the first are there. @throws {SourceFailed} */
async function begun(
  parts: (Uint8Array | ComingBytes)[],
): Promise<(Uint8Array | { bytes: AsyncIterable<Uint8Array>; byteLength: number })[]> {
  return Promise.all(
    parts.map(async (part) => {
      if (!(part instanceof ComingBytes)) return part
      const iterator = part.pieces()[Symbol.asyncIterator]()
      const first = await iterator.next().catch((cause: unknown) => {
        throw new SourceFailed(cause, { hasBegun: false })
      })
      return { bytes: goneOn(first, iterator), byteLength: part.byteLength }
    }),
  )
}

async function* goneOn(
  first: IteratorResult<Uint8Array>,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let next = first; next.done !== true; next = await iterator.next()) yield next.value
  } finally {
    await iterator.return?.()
  }
}
