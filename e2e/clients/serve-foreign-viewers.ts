import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'

export type ForeignViewers = {
  /** the origin that the system is told to let in */
  allowed: string
  other: string
  close(): void
}

/** Two origins whose page holds `DICOMwebClient`, as viewers in a browser use it. */
export async function serveForeignViewers(): Promise<ForeignViewers> {
  const client = await readFile(
    createRequire(import.meta.url).resolve('dicomweb-client/build/dicomweb-client.js'),
  )
  const servers = [await serveViewer(client), await serveViewer(client)] as const
  return {
    allowed: originOf(servers[0]),
    other: originOf(servers[1]),
    close: () => {
      for (const server of servers) server.close()
    },
  }
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function serveViewer(client: Uint8Array): Promise<Server> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/client.js'
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? client : '<!doctype html><title>Viewer</title><script src="/client.js"></script>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
