import { readChanges, type Audit, type Database } from '@bitewing/db'
import { Hono } from 'hono'
import type { Allow } from '../credentials/allow.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'

const [limitDefault, limitMax] = [100, 1000]

/**
 * The feed of changes for integrators: `GET /changes?since=&limit=`. Positions are the practice's own and grow without
 * gaps; `last` is where to go on, `done` says that there is nothing further at this moment. Where what follows `since`
 * is no longer kept, the answer is 410 and says where to go on.
 */
export function changesRoutes({ db, audit, allow }: { db: Database; audit: Audit; allow: Allow }) {
  return new Hono<AllowedEnv>().get('/changes', allow('images.read'), async (c) => {
    const since = whole('since', c.req.query('since'), 0, Number.MAX_SAFE_INTEGER)
    const limit = whole('limit', c.req.query('limit'), limitDefault, limitMax)
    const { tenantId, actor, sessionId } = c.var.access
    await audit.access({
      tenantId,
      kind: 'changes.read',
      outcome: 'success',
      actor,
      sessionId,
      address: c.var.address,
    })
    const { changes, done, droppedTo } = await readChanges(db, tenantId, since, limit)
    if (since < droppedTo) {
      throw new GatewayError(
        'gone',
        `Changes up to position ${droppedTo} are no longer kept. Search all studies, then go on with since=${droppedTo}.`,
      )
    }
    c.header('Cache-Control', 'no-store')
    return c.json({ changes, last: changes.at(-1)?.sequence ?? since, done })
  })
}

function whole(name: string, text: string | undefined, otherwise: number, max: number): number {
  if (text === undefined || text === '') return otherwise
  if (!/^\d{1,15}$/.test(text))
    throw new GatewayError('invalid-parameter', `${name} must be a whole number from 0.`)
  return Math.min(Number(text), max)
}
