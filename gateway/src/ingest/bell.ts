import { watch } from 'node:fs'

/** Tells that Orthanc's hook has touched something in its folder: a C-STORE came. */
export type Bell = {
  /** Resolves when it was rung since the last time this was asked, after `ms`, or when `signal` is aborted. */
  rung(ms: number, signal: AbortSignal): Promise<void>
  close(): void
}

/**
 * Listens by inotify, which works between containers that share the volume. Where the system does not tell of
 * changes (a network volume), nothing rings, and whoever waits looks by himself after his time.
 */
export function createBell(folder: string): Bell {
  let rang = false
  let wake = () => {}
  const ring = () => {
    rang = true
    wake()
  }
  const watcher = (() => {
    try {
      return watch(folder, { persistent: false }, ring).on('error', () => {})
    } catch {
      return null
    }
  })()
  return {
    async rung(ms, signal) {
      if (!rang && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        const timer = setTimeout(resolve, ms)
        signal.addEventListener('abort', wake, { once: true })
        await promise
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
      }
      rang = false
    },
    close: () => watcher?.close(),
  }
}
