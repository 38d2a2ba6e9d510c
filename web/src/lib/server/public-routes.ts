/** The pages that need no log-in; every other route is closed. Share pages check their own cookie. */
const publicRoutes: readonly string[] = [
  '/login',
  '/login/verify',
  '/login/set-up',
  '/login/set-up/passkey',
  '/login/passkey',
  '/invite/[token]',
  '/language',
  '/share/[token]',
  '/s/[shareId]',
  '/s/[shareId]/plan',
  '/s/[shareId]/plan/pdf',
]

/** @param routeId null where there is no such page: nothing to protect, and nothing to tell */
export function isPublicRoute(routeId: string | null): boolean {
  return routeId === null || publicRoutes.includes(routeId)
}
