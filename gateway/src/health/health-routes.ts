import { Hono, type Context } from 'hono'
import { sql } from 'drizzle-orm'
import type { Database } from '@bitewing/db'
import type { Registry } from 'prom-client'
import type { Archive } from '../archive/archive.ts'
import { connectionAddress } from '../client-address.ts'
import type { GatewayEnv } from '../gateway-env.ts'
import type { MasterKeys } from '../object-store/index.ts'
import type { ObjectStore } from '../object-store/object-store.ts'

type Dependencies = {
  db: Database
  archive: Archive
  objectStore: ObjectStore
  masterKeys: MasterKeys
  webUrl: string | undefined
  metrics: Registry
  /** as text; of all processes of this gateway together */
  exposeMetrics: () => Promise<string>
}

const checkTimeoutMs = 3000

/**
 * `/healthz`: this process runs. `/readyz`: each dependency by name, 200 when all answer, else 503.
 * `/metrics`: Prometheus, to this machine alone.
 */
export function healthRoutes({
  db,
  archive,
  objectStore,
  masterKeys,
  webUrl,
  metrics,
  exposeMetrics,
}: Dependencies) {
  const checks: Record<string, () => Promise<unknown>> = {
    database: () => db.execute(sql`SELECT 1`),
    archive: () => archive.check(),
    objectStore: () => objectStore.check(),
    ...(masterKeys[0].kind === 'service' ? { keyService: () => masterKeys[0].check() } : {}),
    ...(webUrl ? { web: () => reachable(webUrl) } : {}),
  }

  return new Hono<GatewayEnv>()
    .get('/healthz', (c) => c.json({ status: 'ok' }, 200, noStore))
    .get('/readyz', async (c) => {
      const results = await Promise.all(
        Object.entries(checks).map(
          async ([name, check]) => [name, (await answers(check)) ? 'ok' : 'away'] as const,
        ),
      )
      const ready = results.every(([, state]) => state === 'ok')
      return c.json(
        { status: ready ? 'ready' : 'not-ready', checks: Object.fromEntries(results) },
        ready ? 200 : 503,
        noStore,
      )
    })
    .get('/metrics', async (c) => {
      if (!isOfThisMachine(c)) return c.notFound()
      return c.body(await exposeMetrics(), 200, { 'Content-Type': metrics.contentType, ...noStore })
    })
}

const noStore = { 'Cache-Control': 'no-store' }

async function answers(check: () => Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), checkTimeoutMs)
  try {
    return await Promise.race([check().then(() => true), late])
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}

async function reachable(webUrl: string): Promise<void> {
  const response = await fetch(new URL('/login', webUrl), {
    method: 'HEAD',
    redirect: 'manual',
    // what the proxy says with every request
    headers: { 'X-Forwarded-For': '127.0.0.1', 'X-Forwarded-Host': 'localhost', 'X-Forwarded-Proto': 'http' },
    signal: AbortSignal.timeout(checkTimeoutMs),
  })
  if (response.status >= 500) throw new Error('the web app answers with an error')
}

/** A loopback connection that no proxy made for somebody else, whatever addresses it names. */
function isOfThisMachine(c: Context<GatewayEnv>): boolean {
  const isForwarded = ['Forwarded', 'X-Forwarded-For', 'X-Real-IP', 'Via'].some((name) => c.req.header(name))
  const address = connectionAddress(c)
  return !isForwarded && (address === '::1' || address.startsWith('127.'))
}
