import cluster from 'node:cluster'
import { readEnvironment } from './environment.ts'

/**
 * The gateway: HTTP on PORT. With more than one process this first one serves nothing, and only keeps the others
 * running; what they need is not even loaded here.
 */
const environment = readEnvironment(process.env)

if (cluster.isPrimary && environment.GATEWAY_PROCESSES > 1) {
  const { keepGateways } = await import('./keep-gateways.ts')
  keepGateways(environment)
} else {
  const { serveGateway } = await import('./serve-gateway.ts')
  await serveGateway(environment)
}
