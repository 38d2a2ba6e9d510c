import type { Context } from 'hono'

/**
 * The outside address that goes into absolute URLs, without a trailing slash: PUBLIC_URL, or where none is
 * configured the address the client used (a loopback or practice network installation).
 */
export function publicUrlOf(c: Context, configured: string | undefined): string {
  return configured ?? `http://${c.req.header('Host') ?? 'localhost'}`
}
