/**
 * Lets those who name the same key in one after another, in the order they came; other keys do not wait.
 * Within this process alone.
 */
export function createTurns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work)
    const over = turn
      .catch(() => {}) // theirs to hear of, who asked for it
      .then(() => {
        if (last.get(key) === over) last.delete(key)
      })
    last.set(key, over)
    return turn
  }
}
