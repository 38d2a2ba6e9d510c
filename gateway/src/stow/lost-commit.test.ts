import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { withTenant } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { startPostgres } from '@bitewing/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage } from '../testing/test-image.ts'

let gateway: TestGateway
let between: Server
let armed = false

/** Between gateway and Postgres: when armed, the answer to the COMMIT of an instance's row never comes. */
async function startBetween(postgresPort: number): Promise<Server> {
  const server = createServer((client) => {
    const upstream = connect(postgresPort, '127.0.0.1')
    let writes = false
    let dropsAnswer = false
    client.on('data', (data) => {
      if (data.includes('INSERT INTO "instances"')) writes = true
      if (armed && writes && data.includes('COMMIT')) dropsAnswer = true
      upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (!dropsAnswer) return void client.write(data)
      armed = false
      client.destroy()
    })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => {}).on('close', () => other.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

beforeAll(async () => {
  const postgres = await startPostgres()
  const createDatabase: typeof postgres.createDatabase = async (...given) => {
    const made = await postgres.createDatabase(...given)
    const url = new URL(made.appUrl)
    between = await startBetween(Number(url.port))
    url.host = `127.0.0.1:${(between.address() as AddressInfo).port}`
    return { ...made, appUrl: url.href }
  }
  gateway = await startTestGateway({}, { postgres: { ...postgres, createDatabase } })
})
afterAll(async () => {
  await gateway.stop()
  between.close()
})

// The row is there, and its bytes must be too: the client's next try is answered as stored.
test('an image whose COMMIT was done but not answered is not lost', async () => {
  const practice = await gateway.practice('north')
  const token = await practice.token(['read', 'write'])
  const { file, path } = testImage()
  const { path: stow, init } = storeBody([file])
  armed = true
  expect((await gateway.request(stow, { ...init, as: token })).status).toBe(503)
  expect(armed).toBe(false)
  expect(await withTenant(gateway.system.db, practice.id, (tx) => tx.select().from(instances))).toHaveLength(
    1,
  )

  expect((await gateway.request(stow, { ...storeBody([file]).init, as: token })).status).toBe(200)
  const read = await gateway.request(`/dicom-web${path}`, {
    as: token,
    headers: { Accept: 'application/dicom; transfer-syntax=*' },
  })
  expect(Buffer.from(await read.arrayBuffer()).equals(file)).toBe(true)
})
