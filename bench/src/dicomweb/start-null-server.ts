import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/**
 * A server in a process of its own that answers every request with the same bytes and does nothing else: what the load
 * client reaches against it is the most that it could measure of anybody.
 */
export async function startNullServer(bodyBytes: number): Promise<{ origin: string; close(): void }> {
  const child = fork(fileURLToPath(new URL('null-server.ts', import.meta.url)), [String(bodyBytes)])
  const [port] = (await once(child, 'message')) as [number] // sent by null-server.ts
  return { origin: `http://127.0.0.1:${port}`, close: () => child.disconnect() }
}
