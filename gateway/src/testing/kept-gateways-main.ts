import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { keepGateways } from '../keep-gateways.ts'

/** Two processes kept as the gateway's are, that need nothing and answer with their process id. */
if (cluster.isPrimary) keepGateways({ GATEWAY_PROCESSES: 2, LOG_LEVEL: 'fatal' })
else {
  const server = createServer((_, answer) => answer.end(String(process.pid)))
  server.listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('listens'))
  process.on('SIGTERM', () => process.exit(0))
}
