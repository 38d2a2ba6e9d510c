/**
 * Lets those who name the same key in one after another, in the order they came; other keys do not wait.
 * Within this process alone.
 */
export function createTurns(): { take(key: string): Promise<AsyncDisposable> } {
  const last = new Map<string, Promise<void>>()
  return {
    async take(key) {
      const { promise: done, resolve } = Promise.withResolvers<void>()
      const before = last.get(key)
      last.set(key, done)
      await before
      return {
        [Symbol.asyncDispose]() {
          if (last.get(key) === done) last.delete(key)
          resolve()
          return Promise.resolve()
        },
      }
    },
  }
}
