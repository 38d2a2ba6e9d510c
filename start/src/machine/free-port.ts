import { createServer } from 'node:net'

/**
 * A TCP port that nothing listens on at this moment.
 *
 * Another process may take it before the caller does, so whoever binds it must be ready to ask again.
 *
 * @param host address to try it on; the loopback address by default
 */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port: 0, host, exclusive: true }, resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('The system gave no TCP port')
  return address.port
}
