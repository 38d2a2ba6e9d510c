import { createServer } from 'node:net'

/** Whether this process could listen on `host:port` now. Port 0 is always free. */
export async function portIsFree(port: number, host: string): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
