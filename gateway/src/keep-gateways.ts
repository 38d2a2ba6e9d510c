import type { SendHandle, Serializable } from 'node:child_process'
import cluster, { type Worker } from 'node:cluster'
import type { Environment } from './environment.ts'
import { collectMetrics } from './health/metrics-of-all-processes.ts'
import { createLog } from './log.ts'

const pauseMs = { first: 100, most: 30_000 }
/** After running this long an end counts as the first one again. */
const settledMs = 60_000
/**
 * MB of a semi-space; V8's young generation has two. What a request leaves is garbage soon after: with V8's own choice (16)
 * each process grew to 330 MB under load, with this to 210, at no more processor time.
 */
const semiSpaceMb = 8
/**
 * By how much what lives in the heap may grow before V8 goes through all of it again. With V8's own choice, a sixth of
 * 36 MB, it did so twice for each 200 instances of a STOW, and its threads took a tenth of the gateway's processor time.
 */
const heapGrowingPercent = 100
/**
 * Threads of a process that wait for its disk, where each stored file is synced and its folder, and that hash. With libuv’s own
 * choice (4) a body of many instances is stored a tenth slower, with 12 somewhat faster than with 8.
 */
const diskThreads = 12
/** Somewhat more than a process takes for its own end. */
const endMsMax = 16_000

/**
 * Runs the gateway's processes behind one port and starts each again that ends. Connections are dealt out to them in
 * turn, so that a few kept ones load all processors alike; those of a process that ends break, and no others.
 *
 * Ends with them at SIGTERM or SIGINT, and with code 1 when none of them comes up, so that whoever started the gateway
 * hears of it.
 */
export function keepGateways({
  GATEWAY_PROCESSES: processes,
  LOG_LEVEL: level,
}: Pick<Environment, 'GATEWAY_PROCESSES' | 'LOG_LEVEL'>): void {
  const log = createLog({ level, process: 'gateway' })
  cluster.schedulingPolicy = cluster.SCHED_RR
  cluster.setupPrimary({
    execArgv: [
      ...process.execArgv,
      `--max-semi-space-size=${semiSpaceMb}`,
      `--heap-growing-percent=${heapGrowingPercent}`,
    ],
  })
  collectMetrics()
  let ending = false
  let listened = false

  function keep(pause: number): void {
    const started = performance.now()
    const worker = cluster.fork({
      UV_THREADPOOL_SIZE: process.env['UV_THREADPOOL_SIZE'] ?? String(diskThreads),
    })
    worker.once('listening', () => (listened = true))
    closeWhatIsNotTaken(worker)
    worker.once('exit', (code: number, signal: string | null) => {
      if (ending) return endWhenAlone()
      log.error({ pid: worker.process.pid, code, signal }, 'a process of the gateway ended')
      if (!listened) return end(1)
      const next = performance.now() - started >= settledMs ? pauseMs.first : pause
      setTimeout(() => {
        if (!ending) keep(Math.min(next * 2, pauseMs.most))
      }, next)
    })
  }

  const workers = () => Object.values(cluster.workers ?? {}).filter((one): one is Worker => one !== undefined)
  let exitCode = 0
  const endWhenAlone = () => {
    if (workers().every((worker) => worker.isDead())) process.exit(exitCode)
  }
  function end(code: number): void {
    if (ending) return
    ending = true
    exitCode = code
    for (const worker of workers()) worker.process.kill('SIGTERM')
    setTimeout(() => process.exit(1), endMsMax).unref()
    endWhenAlone()
  }

  process.on('SIGTERM', () => end(0))
  process.on('SIGINT', () => end(0))
  for (let index = 0; index < processes; index++) keep(pauseMs.first)
}

/**
 * Closes, when a process dies, the connection that was on its way to it. Node's cluster deals one at a time to a process
 * and closes its own copy once that has taken it; of one that dies before, the copy stays open, and whoever asked waits
 * for ever. It is not dealt again: what was asked may have been read, and begun.
 *
 * The cluster sends connections by the child process's own `send`, and closing one that was taken does nothing.
 */
function closeWhatIsNotTaken({ process: child }: Worker): void {
  const send = child.send.bind(child)
  let last: { close: () => void } | undefined
  child.send = (message: Serializable, handle?: unknown, ...more: never[]) => {
    if (handle instanceof Object && 'close' in handle) last = handle as { close: () => void } // a TCP handle of Node's own
    return send(message, handle as SendHandle, ...more)
  }
  child.once('exit', () => last?.close())
}
