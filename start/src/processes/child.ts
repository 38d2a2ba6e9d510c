import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { asAccount } from '../machine/as-account.ts'
import { groupEnded, guardGroup } from './group-guard.ts'

/** Unprivileged identity to run a child as; only root can set it. */
export type Account = { uid: number; gid: number }

export type ChildOptions = {
  /** Short name for messages, such as `gateway`. */
  name: string
  command: string
  args: readonly string[]
  /** The whole environment of the child: nothing is inherited. */
  env: Readonly<Record<string, string>>
  cwd?: string
  account?: Account | null
  /** A command that prepares the surroundings as this process' user, and then executes what follows it. */
  prefix?: readonly string[]
  /** Sent by `stop()`. */
  stopSignal?: NodeJS.Signals
  /** After this time `stop()` kills the whole process group. */
  stopTimeoutMs?: number
  /** Sent by the kernel when this process dies, however it dies. */
  orphanSignal?: NodeJS.Signals
  /** Called with each line of standard output and standard error. */
  onLine?: (line: string) => void
}

export type Exit = { code: number | null; signal: NodeJS.Signals | null }

export type Child = {
  readonly name: string
  /** Process id; also the id of the child's process group. */
  readonly pid: number
  /** Resolved when the child is gone; never rejected. */
  readonly exited: Promise<Exit>
  /** Asks the child to end, waits, and kills its process group when it does not. */
  stop(): Promise<Exit>
  /** Ends the process group at once, as a power cut would. */
  kill(): Promise<Exit>
}

const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path))

/**
 * Starts a program in a process group of its own, so that a Ctrl-C in the terminal reaches the launcher alone
 * and the launcher decides the order in which things end.
 *
 * `setpriv` (util-linux) asks the kernel for a signal when the launcher dies, which works for `kill -9` too; it
 * changes the identity first, because a change of identity clears that request (prctl(2), PR_SET_PDEATHSIG).
 *
 * @throws when the program cannot be started
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, stopSignal = 'SIGTERM', stopTimeoutMs = 10_000, orphanSignal = 'SIGKILL', onLine } = options
  const account = options.account ?? null
  if (account !== null && setpriv === undefined)
    throw new Error(`setpriv (util-linux) is needed to run ${name}`)

  const identity = asAccount(account).slice(1)
  const onOrphaned = ['--pdeathsig', orphanSignal.replace(/^SIG/, '')]
  const [command = '', ...args] = [
    ...(options.prefix ?? []),
    ...(setpriv === undefined ? [] : [setpriv, ...identity, ...onOrphaned]),
    options.command,
    ...options.args,
  ]

  const process_ = spawn(command, args, {
    cwd: options.cwd,
    env: { ...options.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<Exit>((resolve) => {
    process_.once('exit', (code, signal) => {
      signalGroup(process_.pid, 'SIGKILL') // what the child started and left behind
      if (process_.pid !== undefined) groupEnded(process_.pid)
      resolve({ code, signal })
    })
  })
  eachLine(process_.stdout, onLine)
  eachLine(process_.stderr, onLine)
  await new Promise<void>((resolve, reject) => {
    process_.once('spawn', resolve)
    process_.once('error', reject)
  })
  const pid = process_.pid
  if (pid === undefined) throw new Error(`${name} did not start`)
  guardGroup(pid)

  // after its end another process may have its number
  const hasEnded = () => process_.exitCode !== null || process_.signalCode !== null
  const kill = () => {
    if (!hasEnded()) signalGroup(pid, 'SIGKILL')
    return exited
  }
  const stop = async () => {
    if (hasEnded()) return exited
    process_.kill(stopSignal)
    const timer = setTimeout(() => void kill(), stopTimeoutMs)
    const exit = await exited
    clearTimeout(timer)
    return exit
  }
  return { name, pid, exited, stop, kill }
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals) {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: nobody is left in the group
  }
}

function eachLine(stream: Readable, onLine: ((line: string) => void) | undefined) {
  if (onLine === undefined) stream.resume()
  else createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine)
}
