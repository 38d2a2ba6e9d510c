/** The store is often done before it promised to be, and an event can be missed. */
const askAgainMs = 60_000
/** Slices come back one after the other: one question for those of a moment. */
const gatherMs = 500

const waiting = new Map<string, Set<() => void>>()

/**
 * Calls back once, when what was archived of a study may be at hand: as soon as the server tells of the study, and
 * after a minute in any case. What waits for several originals is called too early, and waits again.
 *
 * @returns what ends the wait
 */
export function whenAtHand(studyInstanceUid: string, again: () => void): () => void {
  const those = waiting.get(studyInstanceUid) ?? new Set()
  waiting.set(studyInstanceUid, those)
  let gathering: ReturnType<typeof setTimeout> | undefined
  const end = () => {
    clearTimeout(timer)
    clearTimeout(gathering)
    those.delete(heard)
    if (those.size === 0 && waiting.get(studyInstanceUid) === those) waiting.delete(studyInstanceUid)
  }
  const go = () => {
    end()
    again()
  }
  const heard = () => (gathering ??= setTimeout(go, gatherMs))
  const timer = setTimeout(go, askAgainMs)
  those.add(heard)
  return end
}

/** The server has told of a study: what waits for it asks again. */
export function heardOfStudy(studyInstanceUid: string): void {
  for (const heard of waiting.get(studyInstanceUid) ?? []) heard()
}
