import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export type ProgramOutcome = { code: number; stdout: string; stderr: string }

/** To the runner, and back. `problem`: the program could not be started, was killed by a signal or wrote too much. */
export type ProgramAsked = { id: number; program: string; args: readonly string[]; cwd: string | undefined }
export type ProgramEnded = { id: number } & (ProgramOutcome | { problem: string })

type Waiting = { resolve: (outcome: ProgramOutcome) => void; reject: (error: Error) => void }

let runner: ChildProcess | null = null
let asked = 0
const waiting = new Map<number, Waiting>()

/**
 * Runs a program to its end and gives its exit code and what it wrote, as UTF-8.
 *
 * A small process beside this one starts it: a process is copied before its copy becomes another program, and copying
 * one that holds a test run's gigabyte takes 25 ms and more of processor time, each time, in which nothing else goes on
 * in it.
 *
 * @throws when the program is not installed, is killed, or writes more than 256 MB
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd }: { cwd?: string } = {},
): Promise<ProgramOutcome> {
  const child = (runner ??= startRunner())
  const id = asked++
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject })
    child.ref()
    child.channel?.ref()
    child.send({ id, program, args, cwd } satisfies ProgramAsked)
  })
}

function startRunner(): ChildProcess {
  const child = fork(fileURLToPath(new URL('program-runner.ts', import.meta.url)), [], {
    execArgv: [], // not those of a test runner's process
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.on('message', (ended: ProgramEnded) => {
    const one = waiting.get(ended.id)
    waiting.delete(ended.id)
    if ('problem' in ended) one?.reject(new Error(ended.problem))
    else one?.resolve({ code: ended.code, stdout: ended.stdout, stderr: ended.stderr })
    if (waiting.size === 0) letGo(child)
  })
  child.once('exit', () => {
    runner = null
    for (const { reject } of waiting.values()) reject(new Error('what runs programs has ended'))
    waiting.clear()
  })
  return child
}

/** Nobody has to end it: it keeps no process alive, and ends with the one that started it. */
function letGo(child: ChildProcess): void {
  child.unref()
  child.channel?.unref()
}
