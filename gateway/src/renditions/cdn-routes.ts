import { buffer } from 'node:stream/consumers'
import { Hono } from 'hono'
import { bytesAnswer, isCurrent } from '../conditional.ts'
import { GatewayError } from '../errors.ts'
import type { GatewayEnv } from '../gateway-env.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import type { CdnAddress } from './cdn-address.ts'
import { isRenditionType, renditionTypes } from './rendition.ts'

/**
 * What a CDN fetches: renditions that are there, by an address that `renditionRoutes` gave to somebody who may see them
 * and whose access is on record. The address is the right to it: no cookie, no token, no practice but the one it names.
 */
export function cdnRoutes({ cdn, objectStore }: { cdn: CdnAddress; objectStore: ObjectStore }) {
  return new Hono<GatewayEnv>().get(
    '/:tenant/renditions/:instance/:version{\\d+}/:frame{\\d+}/:file',
    async (c) => {
      const { pathname, searchParams } = new URL(c.req.url)
      const seconds = cdn.secondsLeft(pathname, searchParams)
      if (seconds === null) throw new GatewayError('forbidden', 'This address has expired or was altered.')
      const { tenant, instance, version, frame, file } = c.req.param()
      const [, type = ''] = file.split('.')
      if (!isRenditionType(type)) throw new GatewayError('not-found', 'There is nothing here.')
      const name = `renditions/${instance}/${version}/${frame}/${file}`
      const kept = await objectStore.get({ tenantId: tenant, name })
      if (!kept) throw new GatewayError('not-found', 'There is nothing here.')

      c.header('Content-Type', renditionTypes[type].mediaType)
      c.header('Cache-Control', `public, max-age=${seconds}`)
      c.header('X-Content-Type-Options', 'nosniff')
      c.header('Content-Security-Policy', "sandbox; default-src 'none'")
      c.header('Cross-Origin-Resource-Policy', 'cross-origin') // the page is of another origin
      c.header('Referrer-Policy', 'no-referrer')
      c.header('X-Robots-Tag', 'noindex, nofollow')
      if (isCurrent(c, `"c-${instance}-${version}-${frame}-${file}"`)) {
        kept.stream.destroy()
        return c.body(null, 304)
      }
      return bytesAnswer(c, await buffer(kept.stream), `"c-${instance}-${version}-${frame}-${file}"`)
    },
  )
}
