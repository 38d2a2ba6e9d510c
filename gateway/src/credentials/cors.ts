import { cors } from 'hono/cors'

/**
 * CORS for viewers on other origins: an allow list, bearer tokens only (no cookies ever cross).
 *
 * @param origins exact origins, e.g. https://viewer.example.org
 */
export function foreignViewers({ origins }: { origins: readonly string[] }) {
  return cors({
    origin: (origin) => (origins.includes(origin) ? origin : null),
    allowMethods: ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'],
    allowHeaders: ['Authorization', 'Accept', 'Content-Type', 'Range', 'If-None-Match', 'If-Range'],
    exposeHeaders: ['Content-Range', 'ETag', 'Warning', 'Content-Location', 'Retry-After', 'Content-Length'],
    maxAge: 600,
  })
}
