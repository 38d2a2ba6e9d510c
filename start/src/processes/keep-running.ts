import type { Child, Exit } from './child.ts'

export type Kept = {
  readonly name: string
  /** The process that runs now; null between two. */
  current(): Child | null
  /** How often it ended by itself. */
  ends(): number
  /** Ends it for good. */
  stop(): Promise<void>
}

type Options = {
  name: string
  start: () => Promise<Child>
  say: (line: string) => void
  /** First pause before it is started again; doubles up to `pauseMsMax`. */
  pauseMs?: number
  pauseMsMax?: number
  /** After running this long an end counts as the first one again. */
  settledMs?: number
}

/**
 * Starts a process and starts it again whenever it ends by itself, with growing pauses.
 *
 * @throws when the very first start fails; later failures are told and tried again
 */
export async function keepRunning(options: Options): Promise<Kept> {
  const { name, start, say, pauseMs = 500, pauseMsMax = 30_000, settledMs = 60_000 } = options
  let stopping = false
  let current: Child | null = null
  let ends = 0
  let endPause: () => void = () => undefined

  const run = async (first: Child) => {
    let child: Child | null = first
    let pause = pauseMs
    while (!stopping) {
      if (child !== null) {
        current = child
        const startedAt = Date.now()
        const exit = await child.exited
        current = null
        if (stopping) return
        ends++
        if (Date.now() - startedAt >= settledMs) pause = pauseMs
        say(`${name} ended unexpectedly (${describe(exit)}); starting it again in ${pause / 1000} s`)
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause)
        endPause = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      pause = Math.min(pause * 2, pauseMsMax)
      if (stopping) return
      child = await start().catch((error: unknown) => {
        say(`${name} could not be started: ${error instanceof Error ? error.message : 'unknown reason'}`)
        return null
      })
    }
    await child?.stop()
  }

  const running = run(await start())
  return {
    name,
    current: () => current,
    ends: () => ends,
    async stop() {
      stopping = true
      endPause()
      await current?.stop()
      await running
    },
  }
}

function describe({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code ?? '?'}` : signal
}
