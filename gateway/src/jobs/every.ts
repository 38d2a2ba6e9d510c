import type { Logger } from 'pino'

/**
 * Repeats a piece of work with a pause between, never twice at once. A failure is logged and tried again.
 *
 * @returns stops it, and waits for a run under way
 */
export function every(
  pauseMs: number,
  what: string,
  work: () => Promise<unknown>,
  log: Logger,
): () => Promise<void> {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  const run = () => {
    running = work()
      .catch((error: unknown) => log.warn({ what, err: error }, 'will be tried again'))
      .then(() => {
        if (!stopped) timer = setTimeout(run, pauseMs)
      })
  }
  run()
  return async () => {
    stopped = true
    clearTimeout(timer)
    await running
  }
}
