/** The pages that need no log-in; every other route is closed. Share pages check their own cookie. */
const publicRoutes: readonly string[] = [
  '/login',
  '/language',
  '/share/[token]',
  '/s/[shareId]',
  '/s/[shareId]/plan',
]

/** @param routeId null where there is no such page: nothing to protect, and nothing to tell */
export function isPublicRoute(routeId: string | null): boolean {
  return routeId === null || publicRoutes.includes(routeId)
}
