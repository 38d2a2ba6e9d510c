/** Pages whose only change is to the browser that asks: opening a link it holds, choosing a language. */
const harmless: readonly (string | null)[] = ['/share/[token]', '/language']

/**
 * Whether a request would change something at the wish of another site (CSRF).
 *
 * Our pages send no referrer, since their paths name patients and links; for a form on such a page browsers say
 * `Origin: null` even to the page's own site (Fetch §3.2), and `Sec-Fetch-Site` tells the truth instead. No page can
 * forge it. Browsers from before 2023 may lack it: they log in with scripts, and still open links.
 */
export function isForeignChange({
  method,
  origin,
  fetchSite,
  ownOrigin,
  routeId,
}: {
  method: string
  origin: string | null
  fetchSite: string | null
  ownOrigin: string
  routeId: string | null
}): boolean {
  if (['GET', 'HEAD', 'OPTIONS'].includes(method)) return false
  if (origin === ownOrigin) return false
  if (origin !== null && origin !== 'null') return true
  if (fetchSite !== null) return fetchSite !== 'same-origin'
  return !harmless.includes(routeId)
}
