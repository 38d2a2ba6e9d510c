/**
 * Starts the practice app behind the gateway, which tells it the outside host, protocol and client address.
 * The variables below are adapter-node's, but for WEB_BUILD, the folder below `build` to serve from; everything
 * else is read in src/lib/server/environment.ts.
 */
const behindTheGateway = {
  HOST: '127.0.0.1',
  HOST_HEADER: 'x-forwarded-host',
  PROTOCOL_HEADER: 'x-forwarded-proto',
  ADDRESS_HEADER: 'x-forwarded-for',
  // forms only, uploads go to the gateway; the longest are a plan and the course of a long orthodontic treatment, as one
  BODY_SIZE_LIMIT: '2M',
  SHUTDOWN_TIMEOUT: '5',
}
for (const [name, value] of Object.entries(behindTheGateway)) process.env[name] ??= value

const build = process.env['WEB_BUILD'] ?? 'app'
await import(new URL(`./build/${build}/index.js`, import.meta.url).href)
