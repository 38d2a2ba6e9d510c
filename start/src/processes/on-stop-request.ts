/**
 * Calls `stop` once, at Ctrl-C, SIGTERM, SIGHUP, or when the process that started this one is gone.
 *
 * The last matters when npm or a shell is killed outright: they cannot pass anything on then.
 */
export function onStopRequest(stop: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)

  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stop()
  }, 1000)
  timer.unref()
}
