/** Why a picture is not there yet: its original lies in the archive of the object store. */
export type Recall = {
  readyBy: Date
  /** it is not being fetched yet: as many others are as may be, and the first of those is there by then */
  isWaiting: boolean
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
  const readyBy = new Date(String(told.readyBy))
  return Number.isNaN(readyBy.getTime()) ? null : { readyBy, isWaiting: response.status === 429 }
}

/** The same for a picture that did not load. @param url of the picture, of this origin */
export async function recallOf(url: string): Promise<Recall | null> {
  const response = await fetch(url).catch(() => null) // away: the page says so by itself
  return response && recallTold(response)
}
