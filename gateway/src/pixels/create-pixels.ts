import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { giveBackMemory } from '../own-memory.ts'
import { PixelError, type PixelErrorCode } from './pixel-error.ts'
import type {
  DecodedFrame,
  Pixels,
  PixelsOptions,
  RenderManyRequest,
  Rendition,
  ShownView,
} from './pixels.ts'
import type { ChildLimits, PoolJob, SentJob } from './process/job.ts'
import { startChild, type Child } from './process/start-child.ts'
import { warmUpJobs } from './process/warm-up-jobs.ts'

type Task = {
  job: PoolJob
  priority: keyof Queues
  timeoutMs: number
  /** Takes an answer; throws for one that is not what was asked for. */
  accept(result: unknown): void
  /** With a `PixelError`, or what a lent frame's other source threw. */
  reject(reason: unknown): void
}

type Queues = Record<'interactive' | 'background', Task[]>

type Patience = Pick<RenderManyRequest, 'priority' | 'signal' | 'timeoutMs'>

type Worker = { child: Child; jobs: number }

/**
 * A pool of contained child processes that turn frames into pictures.
 *
 * Each process works on one job at a time. A job that crashes its process, or runs too long and is killed with it,
 * fails alone; a new process takes the next job. Jobs of `interactive` priority overtake those of `background`.
 * Processes start with the first jobs and are kept; with `warmUpAfterMs` they are there, and their code compiled, before
 * somebody waits for a picture.
 */
export function createPixels({
  processes,
  timeoutMs,
  memoryMaxMb,
  queueMax = 1000,
  framePixelsMax = 150_000_000,
  outputPixelsMax = 100_000_000,
  jobsPerProcessMax = 500,
  niceness,
  warmUpAfterMs,
  lendingFolders = () => [],
  onIncident,
  childScript = fileURLToPath(new URL('process/child.ts', import.meta.url)),
}: PixelsOptions & { childScript?: string }): Pixels {
  const limits: ChildLimits = { framePixelsMax, outputPixelsMax }
  const queues: Queues = { interactive: [], background: [] }
  const idle: Worker[] = []
  const all = new Set<Worker>()
  const slow = new Set<string>()
  let closed = false

  function start(): Worker {
    const child = startChild(childScript, {
      argument: limits,
      memoryMaxMb,
      answerBytesMax: memoryMaxMb * 1024 * 1024,
      readableFolders: [...codeFolders, ...lendingFolders()],
      niceness,
    })
    const worker = { child, jobs: 0 }
    all.add(worker)
    void child.ended.then(() => {
      all.delete(worker)
      const index = idle.indexOf(worker)
      if (index >= 0) idle.splice(index, 1)
    })
    return worker
  }

  /** Starts what is missing and draws pictures that nobody asked for; gives way to the first job. */
  async function warmUp(): Promise<void> {
    while (!closed && waiting() === 0 && all.size < processes) {
      const worker = start()
      const timer = setTimeout(() => worker.child.kill(), timeoutMs)
      try {
        for (const job of warmUpJobs()) {
          if (waiting() > 0) break
          await worker.child.ask(job)
        }
        idle.push(worker)
        next()
      } catch {
        retire(worker) // the first job tells why
        return
      } finally {
        clearTimeout(timer)
      }
    }
  }
  const warmUpTimer =
    warmUpAfterMs === undefined ? undefined : setTimeout(() => void warmUp(), warmUpAfterMs).unref()

  function next(): void {
    while (!closed) {
      const worker = idle.pop() ?? (all.size < processes && waiting() > 0 ? start() : null)
      if (!worker) return
      const task = queues.interactive.shift() ?? queues.background.shift()
      if (!task) {
        idle.push(worker)
        return
      }
      void work(worker, task)
    }
  }

  const waiting = () => queues.interactive.length + queues.background.length

  async function work(worker: Worker, task: Task): Promise<void> {
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      worker.child.kill()
    }, task.timeoutMs)
    try {
      const { frame } = task.job
      const answer = Answer.parse(await worker.child.ask(sentJob(task.job)))
      // all of it has been read: megabytes that the collector would look for after each picture
      if ('bytes' in frame) giveBackMemory(frame.bytes)
      if ('unread' in answer) void readOtherwise(task)
      else if ('error' in answer) task.reject(new PixelError(answer.error.code, answer.error.message))
      else task.accept(answer.result)
      worker.jobs++
      if (worker.jobs < jobsPerProcessMax) {
        idle.push(worker)
      } else {
        retire(worker)
        if (warmUpAfterMs !== undefined) void warmUp()
      }
    } catch {
      // The process ended, or answered what no child of ours answers: in both cases it is not used again.
      retire(worker)
      const { exitCode, signal } = await worker.child.ended
      if (closed) {
        task.reject(closedError())
      } else {
        const kind = timedOut ? 'timed-out' : 'crashed'
        onIncident?.({ kind, exitCode, signal, transferSyntaxUid: task.job.frame.transferSyntaxUid })
        const message = timedOut
          ? `the frame took longer than ${task.timeoutMs} ms`
          : 'the process that worked on the frame ended'
        // once may come of a machine that had no time for it; twice is held to be the frame
        const isPassing = timedOut && !slow.has(nameOf(task.job))
        if (isPassing && slow.size < slowMax) slow.add(nameOf(task.job))
        task.reject(new PixelError(kind, message, { isPassing }))
      }
    } finally {
      clearTimeout(timer)
      next()
    }
  }

  /** No process waits for it; the job is the next when it is there. */
  async function readOtherwise(task: Task): Promise<void> {
    try {
      const { frame } = task.job
      if ('bytes' in frame) throw new PixelError('crashed', 'a frame that was there was not read')
      task.job = { ...task.job, frame: await frame.otherwise() }
      if (closed) throw closedError()
      queues[task.priority].unshift(task)
      next()
    } catch (error) {
      task.reject(error)
    }
  }

  /** Off the books at once, so that its place is free before the kernel has reaped it. */
  function retire(worker: Worker): void {
    all.delete(worker)
    worker.child.kill()
  }

  function submit<Result>(
    job: PoolJob,
    schema: z.ZodType<Result>,
    { priority = 'interactive', signal, timeoutMs: ownMs = timeoutMs }: Patience,
  ): Promise<Result> {
    if (closed) return Promise.reject(closedError())
    if (signal?.aborted) return Promise.reject(abortedError())
    const queue = queues[priority]
    if (queue.length >= queueMax) return Promise.reject(new PixelError('busy', 'too many frames are waiting'))

    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    const task: Task = {
      job,
      priority,
      timeoutMs: ownMs,
      accept: (result) => resolve(schema.parse(result)),
      reject,
    }
    queue.push(task)
    next()
    // A running job goes on to its end: killing a warm process costs more than finishing.
    const onAbort = () => {
      const index = queue.indexOf(task)
      if (index >= 0) queue.splice(index, 1)
      reject(abortedError())
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    return promise.finally(() => signal?.removeEventListener('abort', onAbort))
  }

  async function renderMany({
    priority,
    signal,
    timeoutMs: ownMs,
    ...request
  }: RenderManyRequest): Promise<Rendition[]> {
    const waits: Patience = {
      ...(priority ? { priority } : {}),
      ...(signal ? { signal } : {}),
      ...(ownMs ? { timeoutMs: ownMs } : {}),
    }
    const { outputs, window } = request
    for (const { quality, width, height } of outputs) {
      const sides = [width, height].filter((side) => side !== undefined)
      if (!(quality >= 1 && quality <= 100) || sides.some((side) => !Number.isInteger(side) || side < 1)) {
        throw new PixelError('invalid-request', 'quality is 1 to 100, width and height are whole and above 0')
      }
    }
    if (window && !Number.isFinite(window.center + window.width)) {
      throw new PixelError('invalid-request', 'a window needs finite numbers')
    }
    return submit({ kind: 'render', ...request }, Renditions, waits)
  }

  return {
    async render({ output, ...request }) {
      const [rendition] = await renderMany({ ...request, outputs: [output] })
      if (!rendition) throw new PixelError('crashed', 'no picture came back')
      return rendition
    },
    renderMany,
    async decode({ frame, image, ...waits }) {
      return submit({ kind: 'decode', frame, image }, Decoded, waits)
    },
    async view({ frame, image, ...waits }) {
      return submit({ kind: 'view', frame, image }, View, waits)
    },
    async compress({ frame, image, transferSyntaxUid, ...waits }) {
      return submit({ kind: 'compress', frame, image, transferSyntaxUid }, Decoded, waits)
    },
    async drawModel({ bytes, format, arch, outputs, ...waits }) {
      const frame = { bytes, transferSyntaxUid: `model/${format}` }
      return submit({ kind: 'model', frame, format, arch, outputs }, Renditions, waits)
    },
    async close() {
      closed = true
      clearTimeout(warmUpTimer)
      for (const task of [...queues.interactive.splice(0), ...queues.background.splice(0)])
        task.reject(closedError())
      const workers = [...all]
      for (const worker of workers) worker.child.kill()
      await Promise.all(workers.map((worker) => worker.child.ended))
    },
  }
}

function sentJob(job: PoolJob): SentJob {
  const { frame } = job
  if ('bytes' in frame) return { ...job, frame }
  const { lent, transferSyntaxUid } = frame
  return { ...job, frame: { lent, transferSyntaxUid } } as SentJob // the same job of the same kind
}

/** Jobs that took too long, remembered. */
const slowMax = 1000

/** Tells jobs apart by what they do and by both ends of their frame, which may have hundreds of megabytes. */
function nameOf({ kind, frame }: PoolJob): string {
  if ('name' in frame) return `${kind} ${frame.name}`
  const { bytes, transferSyntaxUid } = frame
  return createHash('sha256')
    .update(`${kind} ${transferSyntaxUid} ${bytes.byteLength} `)
    .update(bytes.subarray(0, 65_536))
    .update(bytes.subarray(-65_536))
    .digest('base64')
}

const closedError = () => new PixelError('closed', 'the pixel processes are closed')
const abortedError = () => new PixelError('aborted', 'the caller no longer waits')

/** Where the child's code lies: wherever npm put the packages that it loads. */
const codeFolders = ['sharp', '@cornerstonejs/codec-charls', '@bitewing/models'].map((name) => {
  const entry = createRequire(import.meta.url).resolve(name)
  const packages = entry.lastIndexOf('node_modules')
  return packages < 0 ? dirname(entry) : entry.slice(0, packages + 'node_modules'.length)
})

const errorCodes = [
  'unsupported',
  'damaged',
  'too-large',
  'invalid-request',
] as const satisfies readonly PixelErrorCode[]
const Answer = z.union([
  z.object({ error: z.object({ code: z.enum(errorCodes), message: z.string().max(500) }) }),
  z.object({ unread: z.literal(true) }),
  z.object({ result: z.unknown() }),
])
const Bytes = z.instanceof(Buffer)
const AppliedWindow = z.object({
  center: z.number(),
  width: z.number(),
  function: z.enum(['linear', 'linear-exact', 'sigmoid']),
})
const View: z.ZodType<ShownView> = z.object({
  window: AppliedWindow.nullable(),
  source: z.enum(['stored-window', 'voi-lut', 'as-stored', 'automatic', 'colour']),
  quirks: z.array(z.string().max(40)).max(10),
  asSent: AppliedWindow.nullable(),
})
const Renditions: z.ZodType<Rendition[]> = z.array(
  z.object({ bytes: Bytes, width: z.int(), height: z.int(), window: AppliedWindow.nullable() }),
)
const Decoded: z.ZodType<DecodedFrame> = z.object({
  bytes: Bytes,
  photometricInterpretation: z.string().max(16),
  planarConfiguration: z.union([z.literal(0), z.literal(1)]),
})
