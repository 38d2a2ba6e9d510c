import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { closeDatabase, connectDatabase, type Database } from '@bitewing/db'
import { storageMoves } from '@bitewing/db/schema'
import { quickly } from '@bitewing/start/quickly'
import { temporaryFolder, type TemporaryFolder } from '@bitewing/testbed'
import { startAzurite, type Azurite } from '@bitewing/testbed/start-azurite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { composeGateway, openObjectStore } from '../compose.ts'
import { readEnvironment } from '../environment.ts'
import { makeBucket } from '../object-store/make-bucket.ts'
import { StorageMisconfigured } from '../object-store/object-errors.ts'
import { openMasterKeys } from '../object-store/index.ts'
import { collect } from '../object-store/object-store-guarantees.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage, type TestImage } from '../testing/test-image.ts'
import { cancelMove, moveStore } from './move-store.ts'

let gateway: TestGateway
let owner: Database
let azurite: Azurite
let folder: TemporaryFolder
let token: string
let practiceId: string
const images: TestImage[] = []

beforeAll(async () => {
  azurite = await startAzurite()
  folder = await temporaryFolder('move')
  const credentials = { AZURE_STORAGE_ACCOUNT: azurite.account, AZURE_STORAGE_KEY: azurite.key }
  gateway = await startTestGateway(credentials)
  owner = connectDatabase(gateway.database.ownerUrl, 4)
  const practice = await gateway.practice('north')
  practiceId = practice.id
  token = await practice.token(['read', 'write', 'delete'])
  for (let index = 0; index < 24; index += 1) images.push(await stored())
})
afterAll(async () => {
  await closeDatabase(owner)
  await gateway.stop()
  await azurite.stop()
  await folder.remove()
})

async function stored(): Promise<TestImage> {
  const image = testImage({ side: 100 })
  const { path, init } = storeBody([image.file])
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
  return image
}

async function read(image: TestImage, app = gateway.app): Promise<boolean> {
  const response = await app.request(`http://gateway.test/api${image.path}/original`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  return response.status === 200 && Buffer.from(await response.arrayBuffer()).equals(image.file)
}

const azureUrl = () =>
  `azblob://images?region=canadaeast&endpoint=${encodeURIComponent(azurite.endpoint)}&prefix=practice`

/** The operator's command in a process of its own. */
function migrate(to: string): ChildProcess {
  return spawn(
    process.execPath,
    [
      ...quickly,
      join(import.meta.dirname, '../../../cli/src/main.ts'),
      'storage',
      'migrate',
      '--to',
      to,
      '--json',
    ],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
        ...gateway.variables,
        DATABASE_OWNER_URL: gateway.database.ownerUrl,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
}

async function outcome(child: ChildProcess): Promise<{ code: number | null; out: string; error: string }> {
  const text = { out: '', error: '' }
  child.stdout?.on('data', (bytes: Buffer) => (text.out += bytes.toString()))
  child.stderr?.on('data', (bytes: Buffer) => (text.error += bytes.toString()))
  await once(child, 'close')
  return { code: child.exitCode, ...text }
}

async function openAt(url: string) {
  const variables = readEnvironment(gateway.variables)
  const store = await openObjectStore(variables, {
    db: owner,
    masterKeys: await openMasterKeys(variables),
    process: 'test',
    log: { info: () => undefined, warn: () => undefined },
  })
  try {
    return await store.openAt(url)
  } finally {
    await store.close()
  }
}

test('a running system moves to another store under load, a kill in the middle included, and no read fails', async () => {
  await makeBucket({
    storageUrl: azureUrl(),
    credentials: { azure: { account: azurite.account, key: azurite.key } },
  })
  let under = true
  let reads = 0
  const failures: string[] = []
  const load = [
    (async () => {
      while (under) {
        const image = images[Math.floor(Math.random() * images.length)]
        if (image && !(await read(image))) failures.push(image.path)
        reads++
        await setTimeout(10)
      }
    })(),
    (async () => {
      while (under && images.length < 60) images.push(await stored())
    })(),
  ]
  try {
    const killed = migrate(azureUrl())
    const target = await openAt(azureUrl())
    const copied = async () => (await collect(target.blobs.list(`${practiceId}/`))).length
    await expect.poll(copied, { timeout: 50_000 }).toBeGreaterThan(3)
    killed.kill('SIGKILL')
    await once(killed, 'close')
    const [half] = await owner.select().from(storageMoves)

    const moved = await outcome(migrate(azureUrl()))
    expect(moved, moved.error).toMatchObject({ code: 0 })
    expect(half?.endedAt).toBeNull()
  } finally {
    under = false
    await Promise.all(load)
  }
  expect(failures).toEqual([])
  expect(reads).toBeGreaterThan(20)

  // the old store is not needed any more, neither by the running system nor by one that starts with the old setting
  await expect.poll(async () => gateway.system.objectStore.near, { timeout: 50_000 }).toBe(false)
  await rm(join(gateway.storeFolder, 'objects'), { recursive: true })
  await withoutArchive(async () => {
    for (const image of images) expect(await read(image)).toBe(true)
    const restarted = await composeGateway(readEnvironment(gateway.variables))
    try {
      const app = createApp(restarted)
      for (const image of images.slice(0, 5)) expect(await read(image, app)).toBe(true)
    } finally {
      await restarted.close()
    }
  })
})

/** Reads that succeed are the object store's then. */
async function withoutArchive(work: () => Promise<void>): Promise<void> {
  await gateway.orthanc.pause()
  try {
    await work()
  } finally {
    await gateway.orthanc.restart()
  }
}

test('it moves back, to a folder; a store of another system and one that is there already are refused', async () => {
  const toUrl = `file://${join(folder.path, 'back')}`
  const options = {
    db: owner,
    configured: gateway.variables['STORAGE_URL'] ?? '',
    open: openAt,
    onProgress: () => undefined,
  }
  await expect(moveStore({ ...options, toUrl: azureUrl() })).rejects.toThrow(StorageMisconfigured)

  const foreign = join(folder.path, 'foreign')
  const other = await openAt(`file://${foreign}`)
  async function* keyring() {
    yield Buffer.from('{"version":1}')
  }
  await other.blobs.put('00000000-0000-0000-0000-000000000000/keyring', keyring(), {
    ifAbsent: false,
    durable: true,
  })
  await expect(moveStore({ ...options, toUrl: `file://${foreign}` })).rejects.toThrow('another system')
  expect(await cancelMove(owner, options.configured)).toBe(false)

  const moved = await moveStore({ ...options, toUrl })
  expect(moved.copied).toBeGreaterThan(images.length)
  // what one pass copied and the next looked at is not told twice
  expect(moved.held).toBeLessThan(images.length)
  await expect.poll(() => gateway.system.objectStore.near, { timeout: 50_000 }).toBe(true)
  for (const image of images.slice(0, 5)) expect(await read(image)).toBe(true)
  const files = await readdir(join(folder.path, 'back'), { recursive: true })
  expect(files.filter((name) => name.includes('originals') && name.endsWith('.sealed'))).toHaveLength(
    images.length,
  )
})
