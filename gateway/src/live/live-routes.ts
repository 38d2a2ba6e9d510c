import type { Audit } from '@bitewing/db'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Allow } from '../credentials/allow.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import type { StudyFeed } from './study-feed.ts'

const heartbeatMs = 15_000
/** After this the browser connects again, and is authenticated again. */
const connectionMs = 5 * 60_000

/**
 * Server-sent events for open pages: `study` when a study of the practice came or grew, `practice` when something else
 * that pages show has changed and the reader may see; first what has changed just before. Ids and kinds only. Ends with the
 * session or token that opened it, and when something may have been missed; browsers then connect anew. Each event has
 * the server's time as its id, in milliseconds since 1970: who names the last they know of (`Last-Event-ID`, as browsers
 * do by themselves, or `?since=` when the page was made) is told first of the studies that came after it.
 */
export function liveRoutes({
  allow,
  audit,
  studyFeed,
}: {
  allow: Allow
  audit: Pick<Audit, 'access'>
  studyFeed: StudyFeed
}) {
  return new Hono<AllowedEnv>().get('/events', allow('images.list'), async (c) => {
    const { access, address } = c.var
    await audit.access({
      tenantId: access.tenantId,
      kind: 'studies.followed',
      outcome: 'success',
      actor: access.actor,
      sessionId: access.sessionId,
      address,
    })
    const since = Number(c.req.header('Last-Event-ID') ?? c.req.query('since') ?? NaN)
    c.header('Cache-Control', 'no-store')
    c.header('X-Accel-Buffering', 'no')
    return streamSSE(c, async (stream) => {
      const { promise: ended, resolve: end } = Promise.withResolvers<void>()
      stream.onAbort(end)
      const tell = (event: string, data: object | null) =>
        stream.writeSSE({ event, data: data ? JSON.stringify(data) : '', id: String(Date.now()) })
      const stop = studyFeed.subscribe(access, {
        hear: (study) => {
          void tell('study', study).catch(end)
        },
        hearChange: (what) => {
          void tell('practice', { what }).catch(end)
        },
        end,
      })
      const heartbeat = setInterval(() => void tell('heartbeat', null).catch(end), heartbeatMs)
      const limit = setTimeout(end, connectionMs)
      try {
        // without an id: what was missed is told after it
        await stream.writeSSE({ event: 'ready', data: '', retry: 1000 })
        if (Number.isFinite(since)) {
          for (const study of studyFeed.studiesSince(access, since)) await tell('study', study)
        }
        for (const what of studyFeed.lately(access)) await tell('practice', { what })
        await ended
      } finally {
        stop()
        clearInterval(heartbeat)
        clearTimeout(limit)
      }
    })
  })
}
