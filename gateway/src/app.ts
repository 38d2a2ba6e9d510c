import { Hono, type MiddlewareHandler } from 'hono'
import { annotationRoutes } from './annotations/annotation-routes.ts'
import { registrationRoutes } from './annotations/registration-routes.ts'
import { tracingRoutes } from './annotations/tracing-routes.ts'
import { clientAddress } from './client-address.ts'
import { authenticate, authenticateShare } from './credentials/authenticate.ts'
import { capabilities } from './capabilities/capabilities.ts'
import { changesRoutes } from './changes/changes-routes.ts'
import { allow } from './credentials/allow.ts'
import { noteRefusals } from './credentials/note-refusals.ts'
import { foreignViewers } from './credentials/cors.ts'
import { recordDenial } from './credentials/record-denial.ts'
import { limitConcurrency } from './credentials/limit-concurrency.ts'
import { sameOrigin } from './credentials/same-origin.ts'
import { deleteRoutes, deletionRoutes } from './deletion/delete-routes.ts'
import { GatewayError } from './errors.ts'
import type { GatewayEnv } from './gateway-env.ts'
import { healthRoutes } from './health/health-routes.ts'
import { liveRoutes } from './live/live-routes.ts'
import { observe } from './observe.ts'
import { otherMethod } from './other-method.ts'
import { problem } from './problem.ts'
import { proxyToWeb } from './proxy-to-web.ts'
import { qidoRoutes } from './qido/qido-routes.ts'
import { cdnRoutes } from './renditions/cdn-routes.ts'
import { createKeptRenditions } from './renditions/kept-renditions.ts'
import { renderedRoutes } from './renditions/rendered-routes.ts'
import { renditionRoutes } from './renditions/rendition-routes.ts'
import { viewRoutes } from './renditions/view-routes.ts'
import { singleInstance } from './single-instance.ts'
import { storeDataSet } from './store-data-set.ts'
import { stowRoutes } from './stow/stow-routes.ts'
import { requestRecall } from './tiers/request-recall.ts'
import type { GatewaySystem } from './compose.ts'
import { viewerRoutes } from './viewer/viewer-routes.ts'
import { originalRoutes } from './wado/original-routes.ts'
import { wadoRoutes } from './wado/wado-routes.ts'
import { wadoUriRoutes } from './wado-uri/wado-uri-routes.ts'

/** Everything the gateway serves. Public without a credential: health, the viewer's own files, the web app's pages. */
export function createApp(system: GatewaySystem) {
  const { log, audit } = system
  const { cdn } = system
  const features = { ...system, allow, kept: createKeptRenditions(system) }
  const refusals = noteRefusals(system)

  const app = new Hono<GatewayEnv>()
    .use(observe(system))
    .use(clientAddress(system))
    .route('/', healthRoutes(system))
    .route('/viewer', viewerRoutes({ folder: system.ohifDir }))

  const dicomweb = new Hono<GatewayEnv>()
    .route('/', qidoRoutes(features))
    .route('/', wadoRoutes(features))
    .route('/', renderedRoutes(features))
    .route('/', stowRoutes(features))
    .route('/', deleteRoutes(features))
  const guards: MiddlewareHandler<GatewayEnv>[] = [
    foreignViewers({ origins: system.corsOrigins }),
    authenticate({ ...system, refusals }),
    sameOrigin({ publicOrigin: new URL(system.publicUrl).origin }),
  ]
  const limited = limitConcurrency(system)
  for (const path of ['/dicom-web/*', '/renditions/*', '/wado', '/api/*']) app.use(path, ...guards, limited)
  app
    .route('/dicom-web', dicomweb)
    .route('/renditions', viewRoutes(features))
    .route('/renditions', renditionRoutes(features))
    .route('/wado', wadoUriRoutes({ ...features, ...singleInstance(features) }))
    .route('/api', liveRoutes(features))
    .route('/api', changesRoutes(features))
    .route('/api', originalRoutes(features))
    .route('/api', deletionRoutes(features))
    .route('/api', annotationRoutes({ ...features, storeDataSet: storeDataSet(features) }))
    .route('/api', registrationRoutes({ ...features, storeDataSet: storeDataSet(features) }))
    .route('/api', tracingRoutes({ ...features, storeDataSet: storeDataSet(features) }))

  if (cdn) app.route('/cdn', cdnRoutes({ ...system, cdn }))

  for (const path of ['/dicom-web', '/dicom-web/*']) app.options(path, capabilities(system))

  // what a share link opens: its own cookie, its one study, reading only
  for (const part of ['dicom-web', 'renditions'])
    app.use(`/s/:shareId/${part}/*`, authenticateShare({ ...system, refusals }), limited)
  app.route('/s/:shareId/renditions', viewRoutes(features))
  app.route('/s/:shareId/renditions', renditionRoutes(features))
  app.route('/s/:shareId/dicom-web', wadoRoutes(features))

  for (const own of [
    '/healthz',
    '/readyz',
    '/metrics',
    '/dicom-web',
    '/dicom-web/*',
    '/renditions/*',
    '/wado',
    '/api/*',
    '/s/:shareId/dicom-web/*',
    '/s/:shareId/renditions/*',
  ]) {
    app.all(own, otherMethod(app))
  }
  app.all('*', proxyToWeb(system))

  app.notFound((c) => problem(c, notFoundError(), log))
  app.onError(async (error, c) => {
    try {
      const recalled = await requestRecall(system, c.var, error)
      if (recalled) return problem(c, recalled, log)
      if (error instanceof GatewayError) await recordDenial(audit, c, error)
    } catch (unrecorded) {
      return problem(c, unrecorded, log)
    }
    return problem(c, error, log)
  })
  return app
}

function notFoundError() {
  return new GatewayError('not-found', 'There is nothing here.')
}
