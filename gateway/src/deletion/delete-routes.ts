import { deleteImages, listDeletions, restoreImages, type Database } from '@bitewing/db'
import { Hono } from 'hono'
import type { Allow } from '../credentials/allow.ts'
import { isUid } from '../dicom/uid.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import { missing } from '../study-index/missing.ts'

type Dependencies = {
  db: Database
  allow: Allow
  /** how long a deletion can be undone */
  deletionGraceMs: number
}

const study = '/studies/:study'
const series = `${study}/series/:series`
const instance = `${series}/instances/:instance`

/**
 * Deleting a study, series or instance (extension): 204, from then on 410 to the practice and 404 to everybody else.
 * On record before it is answered.
 */
export function deleteRoutes({ db, allow, deletionGraceMs }: Dependencies) {
  const app = new Hono<AllowedEnv>()
  for (const path of [study, series, instance]) {
    app.delete(path, allow('images.delete'), async (c) => {
      const { tenantId, actor, sessionId } = c.var.access
      const names = c.req.param() as { study?: string; series?: string; instance?: string }
      const scope = { study: names.study ?? '', series: names.series, instance: names.instance }
      const by = { actor, sessionId, address: c.var.address }
      const areUids = Object.values(scope).every((uid) => uid === undefined || isUid(uid))
      const deleted = areUids ? await deleteImages(db, tenantId, scope, by, deletionGraceMs) : null
      if (!deleted) throw await missing(db, tenantId, scope, null)
      return c.body(null, 204)
    })
  }
  return app
}

/** What was deleted and can still be restored, and restoring it. Ids, counts and times alone. */
export function deletionRoutes({ db, allow }: Pick<Dependencies, 'db' | 'allow'>) {
  return new Hono<AllowedEnv>()
    .get('/deletions', allow('images.delete'), async (c) => {
      const rows = await listDeletions(db, c.var.access.tenantId)
      c.header('Cache-Control', 'no-store')
      return c.json({
        deletions: rows.map(({ tenantId: _, studyId: __, ...deletion }) => deletion),
      })
    })
    .post('/studies/:study/restore', allow('images.delete'), async (c) => {
      const { tenantId, actor, sessionId } = c.var.access
      const uid = c.req.param('study')
      const by = { actor, sessionId, address: c.var.address }
      const restored = isUid(uid) ? await restoreImages(db, tenantId, uid, by) : 0
      if (restored === 0) {
        throw new GatewayError('not-found', 'There is nothing of this study to restore.', { isDenial: true })
      }
      return c.json({ restored })
    })
}
