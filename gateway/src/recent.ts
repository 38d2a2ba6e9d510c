/** What was made lately, by its name. */
type Recent<T> = {
  get(name: string): T | undefined
  put(name: string, value: T): void
  delete(name: string): void
}

/**
 * Keeps what was made lately in memory, for so long and no more than so many bytes in all; what nobody has asked for
 * longest goes first. It knows nothing of who may see what: whoever asks has been let in before, for each request anew.
 *
 * @param bytesMax      of all
 * @param entryBytesMax of one; what is larger is not kept
 * @param ageMsMax      after it was put, however often it was asked for, its memory is let go
 * @param bytesOf       what a value takes
 */
export function createRecent<T>({
  bytesMax,
  entryBytesMax,
  ageMsMax,
  bytesOf,
}: {
  bytesMax: number
  entryBytesMax: number
  ageMsMax: number
  bytesOf: (value: T) => number
}): Recent<T> {
  /** Those asked for last at the end. */
  const entries = new Map<string, { value: T; bytes: number; until: number }>()
  let held = 0
  let timer: NodeJS.Timeout | null = null

  function remove(name: string): void {
    held -= entries.get(name)?.bytes ?? 0
    entries.delete(name)
  }

  function sweep(): void {
    timer = null
    const now = performance.now()
    for (const [name, { until }] of entries) if (until <= now) remove(name)
    sweepLater()
  }

  function sweepLater(): void {
    if (entries.size > 0) timer ??= setTimeout(sweep, ageMsMax / 4).unref()
  }

  return {
    get(name) {
      const entry = entries.get(name)
      if (!entry) return undefined
      if (entry.until <= performance.now()) {
        remove(name)
        return undefined
      }
      entries.delete(name)
      entries.set(name, entry)
      return entry.value
    },
    put(name, value) {
      remove(name)
      const bytes = bytesOf(value)
      if (bytes > entryBytesMax) return
      entries.set(name, { value, bytes, until: performance.now() + ageMsMax })
      held += bytes
      for (const oldest of entries.keys()) {
        if (held <= bytesMax) break
        remove(oldest)
      }
      sweepLater()
    },
    delete: remove,
  }
}
