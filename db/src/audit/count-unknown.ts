import type { CredentialKind } from './credential-refusals.ts'

/**
 * Counts credentials that nobody ever gave out, and tells of them at most once in a while, however many come.
 *
 * @param tell    of how many came since the last time
 * @param everyMs between two tellings
 */
export function countUnknown(
  tell: (counts: Partial<Record<CredentialKind, number>>) => void,
  everyMs = 60_000,
): (credential: CredentialKind) => void {
  let counts: Partial<Record<CredentialKind, number>> = {}
  let timer: NodeJS.Timeout | null = null
  const flush = () => {
    timer = null
    if (Object.keys(counts).length === 0) return
    const told = counts
    counts = {}
    tell(told)
    timer = setTimeout(flush, everyMs)
    timer.unref()
  }
  return (credential) => {
    counts[credential] = (counts[credential] ?? 0) + 1
    if (!timer) flush() // the first at once: it is what an operator looks for
  }
}
