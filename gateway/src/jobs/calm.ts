/** Longer than the pauses between the commits of one upload, or of a device that sends a volume. */
const quietMs = 1500
/** Where something is always being stored, work that waits for calm gets half of the time. */
const waitMsMax = 20_000

export type Calm = {
  /** Something is being stored: somebody waits for it. */
  disturb(): void
  /**
   * Resolves when nothing has been stored for a moment, or after 20 seconds; then nobody waits for the next 20.
   * @throws at the end
   */
  wait(): Promise<void>
  /** Nobody is to begin any more. */
  end(): void
}

/** For work that nobody waits for: it would slow down storing by a third where that happens beside it. */
export function createCalm(): Calm {
  const waiting = new Set<() => void>()
  let hasEnded = false
  let disturbedAt = -Infinity
  let goesOnUntil = -Infinity

  const pause = async (ms: number) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    waiting.add(resolve)
    await promise
    clearTimeout(timer)
    waiting.delete(resolve)
  }

  return {
    disturb() {
      disturbedAt = performance.now()
    },
    async wait() {
      const began = performance.now()
      for (;;) {
        if (hasEnded) throw new Error('not begun, at the end')
        const now = performance.now()
        const rest = disturbedAt + quietMs - now
        if (rest <= 0 || now < goesOnUntil) return
        if (now - began >= waitMsMax) {
          goesOnUntil = now + waitMsMax
          return
        }
        await pause(Math.min(rest, began + waitMsMax - now))
      }
    },
    end() {
      hasEnded = true
      for (const goOn of waiting) goOn()
    },
  }
}
