import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { setPriority } from 'node:os'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { encodeMessage, messageReader } from './message.ts'

/** A running child process and the one conversation with it. */
export type Child = {
  /** Sends a message and waits for the answer; rejects when the process ends first. One at a time. */
  ask(message: unknown): Promise<unknown>
  /** Ends the process at once. */
  kill(): void
  /** Settles, never rejects, when the process is gone. */
  ended: Promise<{ exitCode: number | null; signal: string | null }>
}

const pixelsFolder = fileURLToPath(new URL('..', import.meta.url))
/** How sealed files are read. */
const sealedFilesCode = ['object-store/', 'own-memory.ts'].map((path) =>
  fileURLToPath(new URL(`../../${path}`, import.meta.url)),
)

/**
 * Starts a contained process that runs `script`.
 *
 * What contains it:
 * - an empty environment: no database address, key or token to find
 * - Node's permission model: files are read of this code, of `node_modules` and of the object store, where all are sealed and
 *   a process is lent the key of the one it works on; none written, no process or thread started
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
    /** beside the code of this folder: what may be read */
    readableFolders: readonly string[]
    niceness?: number | undefined
  },
): Child {
  const node = [
    process.execPath,
    '--permission',
    '--allow-addons', // libvips
    ...[pixelsFolder, ...sealedFilesCode, ...new Set(options.readableFolders)].map(
      (folder) => `--allow-fs-read=${folder}`,
    ),
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

  return {
    ask(message) {
      if (gone) return Promise.reject(new Error('the child process ended'))
      const answer = Promise.withResolvers<unknown>()
      waiting = answer
      socket?.cork()
      for (const part of encodeMessage(message)) socket?.write(part)
      socket?.uncork()
      return answer.promise
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
