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
 * session or token that opened it, and when something may have been missed; browsers then connect anew.
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
    c.header('Cache-Control', 'no-store')
    c.header('X-Accel-Buffering', 'no')
    return streamSSE(c, async (stream) => {
      const { promise: ended, resolve: end } = Promise.withResolvers<void>()
      stream.onAbort(end)
      const stop = studyFeed.subscribe(access, {
        hear: (study) => {
          void stream.writeSSE({ event: 'study', data: JSON.stringify(study) }).catch(end)
        },
        hearChange: (what) => {
          void stream.writeSSE({ event: 'practice', data: JSON.stringify({ what }) }).catch(end)
        },
        end,
      })
      const heartbeat = setInterval(
        () => void stream.writeSSE({ event: 'heartbeat', data: '' }).catch(end),
        heartbeatMs,
      )
      const limit = setTimeout(end, connectionMs)
      try {
        await stream.writeSSE({ event: 'ready', data: '', retry: 1000 })
        for (const what of studyFeed.lately(access)) {
          await stream.writeSSE({ event: 'practice', data: JSON.stringify({ what }) })
        }
        await ended
      } finally {
        stop()
        clearInterval(heartbeat)
        clearTimeout(limit)
      }
    })
  })
}
