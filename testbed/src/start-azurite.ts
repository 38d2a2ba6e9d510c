import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { freePort } from '@bitewing/start/machine/free-port'
import { startChild } from '@bitewing/start/processes/child'
import { temporaryFolder } from './temporary-folder.ts'

/** A running Azurite, Microsoft's emulator of Azure's storage. It checks the signature of every request. */
export type Azurite = {
  endpoint: string // http://127.0.0.1:port/account
  account: string
  key: string // base64
  stop: () => Promise<void> // ends it and removes its files
}

const startMsMax = 60_000

/** Starts Azurite's blob service on a free loopback port, with all state in a new temporary directory. */
export async function startAzurite(): Promise<Azurite> {
  const folder = await temporaryFolder('azurite')
  const port = await freePort()
  const [account, key] = ['practices', randomBytes(64).toString('base64')]
  const lines: string[] = []
  const child = await startChild({
    name: 'Azurite',
    command: process.execPath,
    args: [
      fileURLToPath(import.meta.resolve('azurite/dist/src/blob/main.js')),
      ...['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', folder.path],
      ...['--skipApiVersionCheck', '--disableTelemetry', '--silent'],
    ],
    env: { AZURITE_ACCOUNTS: `${account}:${key}`, PATH: process.env['PATH'] ?? '' },
    onLine: (line) => lines.push(line),
  })
  const stop = async () => {
    await child.kill() // the state is thrown away: nothing needs an orderly end
    await folder.remove()
  }
  let ended = false
  void child.exited.then(() => (ended = true))
  const endpoint = `http://127.0.0.1:${port}/${account}`
  for (const deadline = Date.now() + startMsMax; ;) {
    // any answer will do: without a signature it is a refusal
    if (
      await fetch(endpoint).then(
        () => true,
        () => false,
      )
    ) {
      return { endpoint, account, key, stop }
    }
    if (ended || Date.now() > deadline) {
      await stop()
      throw new Error(`Azurite did not start:\n${lines.join('\n')}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
