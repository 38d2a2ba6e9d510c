/** Why a picture is not there yet: its original lies in the archive of the object store. */
export type Recall = {
  readyBy: Date
  /** when the first asked for it; null: it is not being fetched yet, or that is not known */
  begunAt: Date | null
  /** it is not being fetched yet: as many others are as may be, and the first of those is there by then */
  isWaiting: boolean
  /** originals that have yet to come, of those asked for */
  remaining: number
}

/**
 * What became of a request that was refused, if that is because its original lies in the archive.
 *
 * @returns null for every other reason
 */
export async function recallTold(response: Response): Promise<Recall | null> {
  if (response.status !== 503 && response.status !== 429) {
    void response.body?.cancel()
    return null
  }
  const told: unknown = await response.json().catch(() => null)
  if (typeof told !== 'object' || told === null || !('readyBy' in told)) return null
  const readyBy = dateOf(told.readyBy)
  if (readyBy === null) return null
  return {
    readyBy,
    begunAt: 'begunAt' in told ? dateOf(told.begunAt) : null,
    isWaiting: response.status === 429,
    remaining: 'remaining' in told && typeof told.remaining === 'number' ? told.remaining : 1,
  }
}

/** The same for a picture that did not load. @param url of the picture, of this origin */
export async function recallOf(url: string): Promise<Recall | null> {
  const response = await fetch(url).catch(() => null) // away: the page says so by itself
  return response && recallTold(response)
}

function dateOf(value: unknown): Date | null {
  const date = new Date(String(value))
  return Number.isNaN(date.getTime()) ? null : date
}
