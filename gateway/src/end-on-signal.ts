import type { Logger } from 'pino'

const closeMsMax = 15_000

/** Runs `close` once at SIGTERM or SIGINT and ends the process; at the latest after fifteen seconds. */
export function endOnSignal(log: Logger, close: () => Promise<void>): void {
  let ending = false
  const end = (signal: string) => {
    if (ending) return
    ending = true
    log.info({ signal }, 'ending')
    setTimeout(() => process.exit(1), closeMsMax).unref()
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not end cleanly')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => end('SIGTERM'))
  process.on('SIGINT', () => end('SIGINT'))
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'a promise was rejected and nobody cared')
    process.exit(1)
  })
}
