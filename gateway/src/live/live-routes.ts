import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Allow } from '../credentials/allow.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import type { StudyFeed } from './study-feed.ts'

const heartbeatMs = 15_000
/** After this the browser connects again, and is authenticated again. */
const connectionMs = 5 * 60_000

/** Server-sent events for open pages: `study` when a study of the practice came or grew. Ids only. */
export function liveRoutes({ allow, studyFeed }: { allow: Allow; studyFeed: StudyFeed }) {
  return new Hono<AllowedEnv>().get('/events', allow('images.list'), (c) => {
    const { tenantId } = c.var.access
    c.header('Cache-Control', 'no-store')
    c.header('X-Accel-Buffering', 'no')
    return streamSSE(c, async (stream) => {
      const { promise: ended, resolve: end } = Promise.withResolvers<void>()
      stream.onAbort(end)
      const stop = studyFeed.subscribe(tenantId, {
        hear: (study) => {
          void stream.writeSSE({ event: 'study', data: JSON.stringify(study) }).catch(end)
        },
        // the browser connects again, and asks for everything anew when it does
        missed: end,
      })
      const heartbeat = setInterval(
        () => void stream.writeSSE({ event: 'heartbeat', data: '' }).catch(end),
        heartbeatMs,
      )
      const limit = setTimeout(end, connectionMs)
      try {
        await stream.writeSSE({ event: 'ready', data: '', retry: 1000 })
        await ended
      } finally {
        stop()
        clearInterval(heartbeat)
        clearTimeout(limit)
      }
    })
  })
}
