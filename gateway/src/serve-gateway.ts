import { serve } from '@hono/node-server'
import { createApp } from './app.ts'
import { composeGateway } from './compose.ts'
import { sendDirectly } from './direct-body.ts'
import { endOnSignal } from './end-on-signal.ts'
import type { Environment } from './environment.ts'

/** One process of the gateway: HTTP on PORT. Returns when it listens. */
export async function serveGateway(environment: Environment): Promise<void> {
  const system = await composeGateway(environment)
  const app = createApp(system)

  const { promise: listening, resolve: listens } = Promise.withResolvers<void>()
  const server = serve(
    {
      fetch: sendDirectly(app.fetch),
      port: environment.PORT,
      hostname: environment.HOST,
      serverOptions: {
        // a study over a slow line may take an hour; the header may not
        requestTimeout: 0,
        headersTimeout: 20_000,
        keepAliveTimeout: 65_000,
        maxHeaderSize: 32 * 1024,
      },
    },
    ({ port }) => {
      system.log.info({ port }, 'the gateway listens')
      listens()
    },
  )

  endOnSignal(system.log, async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 5000))])
    // downloads under way hold connections to the archive
    if ('closeAllConnections' in server) server.closeAllConnections()
    await system.close()
  })
  await listening
}
