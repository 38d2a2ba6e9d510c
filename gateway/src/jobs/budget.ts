export type Budget = {
  /** Waits in line for a share, which its disposal gives back. A share above the whole is the whole, alone. */
  take(share: number): Promise<Disposable>
}

/**
 * Bounds what is under way at once, in places or in bytes; whoever asks first begins first.
 *
 * @param whole above 0, in the same unit as the shares
 */
export function createBudget(whole: number): Budget {
  const waiting: { share: number; begin: () => void }[] = []
  let left = whole
  const next = () => {
    for (let first = waiting[0]; first && first.share <= left; first = waiting[0]) {
      waiting.shift()
      left -= first.share
      first.begin()
    }
  }
  return {
    async take(asked) {
      const share = Math.min(asked, whole)
      const { promise, resolve: begin } = Promise.withResolvers<void>()
      waiting.push({ share, begin })
      next()
      await promise
      let held = true
      return {
        [Symbol.dispose]() {
          if (held) left += share
          held = false
          next()
        },
      }
    },
  }
}
