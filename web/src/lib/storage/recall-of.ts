/**
 * When what a refused request was for will be there, if that is because its original is being fetched from the archive.
 *
 * @returns null for every other reason
 */
export async function recallTold(response: Response): Promise<Date | null> {
  if (response.status !== 503) {
    void response.body?.cancel()
    return null
  }
  const told: unknown = await response.json().catch(() => null)
  if (typeof told !== 'object' || told === null || !('readyBy' in told)) return null
  const readyBy = new Date(String(told.readyBy))
  return Number.isNaN(readyBy.getTime()) ? null : readyBy
}

/** The same for a picture that did not load. @param url of the picture, of this origin */
export async function recallOf(url: string): Promise<Date | null> {
  const response = await fetch(url).catch(() => null) // away: the page says so by itself
  return response && recallTold(response)
}
