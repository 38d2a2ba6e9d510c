import type { Audit, Database } from '@bitewing/db'
import { Hono } from 'hono'
import type { Archive } from '../archive/archive.ts'
import { isCurrent } from '../conditional.ts'
import type { Allow } from '../credentials/allow.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { describeImage } from '../originals/describe-image.ts'
import { lendFrame } from '../originals/load-frame.ts'
import type { Pixels } from '../pixels/pixels.ts'
import { findInstance } from '../study-index/find-instance.ts'
import { missing } from '../study-index/missing.ts'
import type { KeptRenditions } from './kept-renditions.ts'
import { pixelRefusal } from './pixel-refusal.ts'
import { renditionFolder, renditionKey, renditionVersion } from './rendition.ts'
import { recordView } from './rendition-routes.ts'

type Dependencies = {
  db: Database
  kept: KeptRenditions
  audit: Audit
  allow: Allow
  archive: Archive
  objectStore: ObjectStore
  pixels: Pixels
  frameBytesMax: number
}

/**
 * How the renditions of a frame came to look so, at `/{study}/{series}/{instance}/{frame}/view.json`: the window, where
 * it comes from, and the quirks of its file that were met, so that a page can say so beside the picture.
 */
export function viewRoutes(dependencies: Dependencies) {
  const { db, audit, allow, kept, pixels } = dependencies
  return new Hono<AllowedEnv>().get(
    '/:study/:series/:instance/:frame/view.json',
    allow('images.read'),
    async (c) => {
      const { study, series, instance } = c.req.param()
      const frame = /^[1-9]\d{0,6}$/.test(c.req.param('frame')) ? Number(c.req.param('frame')) : null
      if (frame === null) throw new GatewayError('invalid-parameter', 'Frames count from 1.')
      const { tenantId, onlyStudyId, kind } = c.var.access
      const held = await findInstance(db, tenantId, { study, series, instance }, onlyStudyId)
      if (!held) throw await missing(db, tenantId, { study, series, instance }, onlyStudyId)
      if (held.frames === 0) throw new GatewayError('no-pixel-data', 'This instance has no pixel data.')
      if (frame > held.frames) throw new GatewayError('not-found', `This instance has ${held.frames} frames.`)

      await recordView(c, audit, held)
      const forGood = kind === 'session' && c.req.query('k') === renditionKey(held.fileSha256)
      c.header('Cache-Control', forGood ? 'private, max-age=31536000, immutable' : 'private, no-cache')
      const etag = `"w${renditionVersion}-${held.fileSha256.toString('hex').slice(0, 24)}-${frame}"`
      if (isCurrent(c, etag)) return c.body(null, 304)
      const { instanceId } = held
      const name = `${renditionFolder(instanceId)}${frame}/view.json`
      const bytes = await kept.get({ tenantId, instanceId, name, isMadeUnasked: false }, async () => {
        try {
          const view = await pixels.view({
            frame: await lendFrame(dependencies, tenantId, held, frame),
            image: await describeImage(dependencies, tenantId, held, frame),
          })
          return Buffer.from(JSON.stringify(view))
        } catch (error) {
          throw pixelRefusal(error)
        }
      })
      c.header('Content-Type', 'application/json')
      return c.body(new Uint8Array(bytes))
    },
  )
}
