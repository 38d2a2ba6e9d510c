import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  asSystem,
  auditKeyPair,
  closeDatabase,
  connectDatabase,
  connectJobs,
  createApiToken,
  deleteImages,
  restoreImages,
  withTenant,
  type Database,
} from '@bitewing/db'
import { aeTitles, deletions, devices, instances, operatorRuns, tenants } from '@bitewing/db/schema'
import { startPostgres, type TestPostgres } from '@bitewing/testbed'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { composeGateway } from '../compose.ts'
import { purgeDeletions } from '../deletion/purge-deletions.ts'
import { readEnvironment } from '../environment.ts'
import { noteDeletions } from '../manifest/note-deletions.ts'
import { createTenantNotes } from '../manifest/note-tenants.ts'
import { rebuildDeletions } from '../manifest/rebuild-deletions.ts'
import { rebuildTenants } from '../manifest/rebuild-tenants.ts'
import { rebuildIndex } from '../originals/rebuild-index.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage, type TestImage } from '../testing/test-image.ts'
import type { TestPractice } from '../testing/test-practice.ts'
import { lostArchiveFiles } from './lost-archive-files.ts'
import { restoreArchive } from './restore-archive.ts'
import { verifyStore } from './verify-store.ts'

let postgres: TestPostgres
let gateway: TestGateway
let owner: Database
let north: TestPractice
let south: TestPractice
let token: string

beforeAll(async () => {
  postgres = await startPostgres()
  gateway = await startTestGateway({}, { postgres })
  owner = connectDatabase(gateway.database.ownerUrl, 4)
  north = await gateway.practice('north')
  south = await gateway.practice('south')
  token = await north.token(['read', 'write', 'delete'])
})
afterAll(async () => {
  await closeDatabase(owner)
  await gateway.stop()
})

async function store(images: readonly TestImage[], as = token): Promise<void> {
  const { path, init } = storeBody(images.map(({ file }) => file))
  const response = await gateway.request(path, { ...init, as })
  expect(response.status).toBe(200)
  await gateway.fillArchive()
}

async function original({ path }: TestImage, as = token, app: TestGateway['app'] = gateway.app) {
  const response = await app.request(`http://gateway.test/api${path}/original`, {
    headers: { Authorization: `Bearer ${as}` },
  })
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) }
}

function idOf({ instance }: TestImage, practice = north): Promise<string> {
  return withTenant(owner, practice.id, async (tx) => {
    const [row] = await tx
      .select({ id: instances.id })
      .from(instances)
      .where(eq(instances.sopInstanceUid, instance))
    if (!row) throw new Error('no such instance')
    return row.id
  })
}

/** The stored file of an original. */
async function fileOf(image: TestImage, practice = north): Promise<string> {
  const id = await idOf(image, practice)
  const folder = join(gateway.storeFolder, 'objects', practice.id, 'originals')
  const names = await readdir(folder, { recursive: true })
  const name = names.find((one) => basename(one) === `${id}.sealed`)
  if (name === undefined) throw new Error('no such file')
  return join(folder, name)
}

const ports = () => ({ db: owner, archive: gateway.system.archive, objectStore: gateway.system.objectStore })
const verify = (repair: boolean, practice = north) =>
  verifyStore(ports(), practice.id, { repair, fresh: true }, () => undefined)

describe('store verify', () => {
  const [intact, missing, flipped, swappedA, swappedB, cut] = Array.from({ length: 6 }, (_, grey) =>
    testImage({ grey }),
  ) as [TestImage, TestImage, TestImage, TestImage, TestImage, TestImage] // six were made

  test('finds what is missing, changed, exchanged and cut, brings it back from Orthanc, and leaves the rest alone', async () => {
    await store([intact, missing, flipped, swappedA, swappedB, cut])
    expect(await verify(false)).toMatchObject({ checked: 6, missing: [], altered: [] })

    await rm(await fileOf(missing))
    const bytes = await readFile(await fileOf(flipped))
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1
    await writeFile(await fileOf(flipped), bytes)
    const [a, b] = [await fileOf(swappedA), await fileOf(swappedB)]
    await copyFile(a, `${a}.kept`)
    await copyFile(b, a)
    await copyFile(`${a}.kept`, b)
    await rm(`${a}.kept`)
    await writeFile(await fileOf(cut), (await readFile(await fileOf(cut))).subarray(0, 60))

    const altered = (
      await Promise.all([flipped, swappedA, swappedB, cut].map((image) => idOf(image)))
    ).toSorted()
    const found = await verify(false)
    expect(found).toMatchObject({ checked: 6, missing: [await idOf(missing)], repaired: [] })
    expect(found.altered.toSorted()).toEqual(altered)

    const repaired = await verify(true)
    expect(repaired).toMatchObject({ missing: [], altered: [] })
    expect(repaired.repaired.toSorted()).toEqual([...altered, await idOf(missing)].toSorted())
    expect(await verify(false)).toMatchObject({ checked: 6, missing: [], altered: [] })
    for (const image of [missing, flipped, swappedA, cut]) {
      expect((await original(image)).bytes.equals(image.file)).toBe(true)
    }
  })

  test('never repairs by the bytes of another practice that Orthanc holds under the same identifiers', async () => {
    const theirs = testImage({ grey: 10 })
    const ours = testImage({ ...theirs, grey: 20 })
    await store([theirs], await south.token(['read', 'write']))
    await store([ours])
    await rm(await fileOf(ours))

    expect(await verify(true)).toMatchObject({ missing: [await idOf(ours)], repaired: [] })
    expect((await original(ours)).status).not.toBe(200)
    await store([theirs], await south.token(['read', 'write']))
    expect((await original(theirs, await south.token(['read']))).bytes.equals(theirs.file)).toBe(true)
    await withTenant(owner, north.id, (tx) =>
      tx.delete(instances).where(eq(instances.sopInstanceUid, ours.instance)),
    )
  })

  test('goes on where it was broken off', async () => {
    await rm(await fileOf(missing))
    const ids = await withTenant(owner, north.id, (tx) => tx.select({ id: instances.id }).from(instances))
    const sorted = ids.map(({ id }) => id).toSorted()
    const before = sorted.filter((id) => id < (sorted.at(-2) ?? ''))
    const name = `store verify ${north.id}`
    const found = { checked: before.length, bytes: 1, waiting: 0, missing: [], altered: [], repaired: [] }
    await asSystem(owner, (tx) =>
      tx.insert(operatorRuns).values({ name, cursor: before.at(-1) ?? '', found }),
    )
    const verdict = await verifyStore(ports(), north.id, { repair: false, fresh: false }, () => undefined)
    expect(verdict.checked).toBe(sorted.length)
    const isLater = (await idOf(missing)) > (before.at(-1) ?? '')
    expect(verdict.missing).toEqual(isLater ? [await idOf(missing)] : [])
    expect(await asSystem(owner, (tx) => tx.select().from(operatorRuns))).toEqual([])
    await verify(true)
  })
})

test('nothing in the object store is plain: no patient, no identifier, no pixel; and an older object put back is found', async () => {
  const pixels = Buffer.from('these pixels must never lie in plain bytes. '.repeat(8))
  const image = testImage({
    side: 16,
    attributes: { '00100010': ['PN', 'Secret^Patient'], '7FE00010': ['OW', pixels.subarray(0, 256)] },
  })
  await store([image])
  const file = await fileOf(image)
  const rendered = await gateway.request(
    `/renditions${image.path.replace(/\/(studies|series|instances)/g, '')}/1/200.png`,
    {
      as: token,
    },
  )
  await rendered.arrayBuffer()
  const sealed = async () =>
    (await readdir(gateway.storeFolder, { recursive: true })).filter((name) => name.endsWith('.sealed'))
  // kept a moment after it was answered
  await expect.poll(async () => (await sealed()).some((name) => name.includes('renditions'))).toBe(true)
  for (const name of await sealed()) {
    const bytes = await readFile(join(gateway.storeFolder, name))
    for (const plain of ['Secret', image.study, image.instance, 'these pixels', 'PNG\r\n\x1a\n']) {
      expect(bytes.includes(plain), `${name} holds ${plain}`).toBe(false)
    }
  }

  // sealed by the right key under the right name, and yet not what arrived: only the index can tell
  const kept = await readFile(file)
  const object = { tenantId: north.id, name: `originals/${await idOf(image)}` }
  async function* older() {
    yield testImage({ grey: 77 }).file
  }
  await gateway.system.objectStore.put(object, older())
  expect((await verify(false)).altered).toContain(await idOf(image))
  await writeFile(file, kept)
  expect((await verify(false)).altered).not.toContain(await idOf(image))
})

test('archive restore fills an Orthanc whose disk was lost, with exactly what arrived', async () => {
  const large = testImage({ side: 3000 }) // 9 MB: goes through a file
  await store([large])
  const rows = await withTenant(owner, north.id, (tx) => tx.select().from(instances))
  await gateway.orthanc.kill()
  for (const name of await readdir(gateway.orthanc.directory)) {
    if (/storage|index|database|db/i.test(name)) {
      await rm(join(gateway.orthanc.directory, name), { recursive: true, force: true })
    }
  }
  await gateway.orthanc.restart()
  const { archive } = gateway.system
  expect(await archive.md5(rows[0]?.orthancId ?? '')).toBeNull()
  const lost = () => lostArchiveFiles({ db: owner, archive }, [{ id: north.id, slug: 'north' }])
  expect(await lost()).toEqual({ slug: 'north', relied: rows.length, held: 0 })
  // nothing is lost meanwhile
  expect((await original(large)).bytes.equals(large.file)).toBe(true)

  const restore = () =>
    restoreArchive({ ...ports(), folder: gateway.system.spoolDir }, north.id, false, () => undefined)
  expect(await restore()).toMatchObject({ restored: rows.length, present: 0, lost: [] })
  expect(await lost()).toBeNull()
  for (const { orthancId, fileMd5 } of rows) expect(await archive.md5(orthancId)).toBe(fileMd5)
  expect(await readdir(gateway.system.spoolDir)).toEqual([])
  expect(await restore()).toMatchObject({ restored: 0, present: rows.length, lost: [] })

  // damaged in the object store, and not in Orthanc: it says so, and hands nothing over
  await archive.remove(rows[0]?.orthancId ?? '')
  const names = await readdir(gateway.storeFolder, { recursive: true })
  const file = join(gateway.storeFolder, names.find((name) => name.includes(rows[0]?.id ?? '-')) ?? '')
  const kept = await readFile(file)
  await writeFile(file, Buffer.concat([kept.subarray(0, 100), Buffer.from('x'), kept.subarray(101)]))
  expect(await restore()).toMatchObject({ lost: [rows[0]?.id] })
  expect(await archive.md5(rows[0]?.orthancId ?? '')).toBeNull()
  await writeFile(file, kept)
  expect(await restore()).toMatchObject({ restored: 1, lost: [] })
})

test('index rebuild makes practices, images and deletions again from the object store and the master key alone', async () => {
  const { system } = gateway
  const [keptOne, keptTwo, deleted, purged] = Array.from({ length: 4 }, () => testImage()) as [
    TestImage,
    TestImage,
    TestImage,
    TestImage,
  ] // four were made
  // one study of two, of which one is deleted
  const sibling = testImage({ study: keptTwo.study, series: keptTwo.series })
  await store([keptOne, keptTwo, sibling, deleted, purged])
  await withTenant(owner, north.id, (tx) =>
    tx.insert(devices).values({ tenantId: north.id, aeTitle: 'PANO', host: '192.0.2.7', port: 104 }),
  )
  const by = { actor: { kind: 'system', id: null } } as const
  await deleteImages(owner, north.id, { study: deleted.study }, by, 3_600_000)
  await deleteImages(
    owner,
    north.id,
    { study: sibling.study, series: sibling.series, instance: sibling.instance },
    by,
    3_600_000,
  )
  await deleteImages(owner, north.id, { study: purged.study }, by, 0)
  await purgeDeletions(system)
  expect((await original(purged)).status).toBe(410)
  const note = createTenantNotes(system)
  expect(await note()).toBeGreaterThan(0)
  expect(await note()).toBe(0) // nothing has changed
  const { privateKey, publicKey } = system.signingKey
  while ((await noteDeletions({ ...system, privateKey })) > 0);
  const counted = await withTenant(owner, north.id, (tx) => tx.select().from(instances))

  const empty = await postgres.createDatabase()
  const emptyOwner = connectDatabase(empty.ownerUrl, 4)
  const jobs = await connectJobs({ url: empty.appUrl, supervise: false, onError: () => undefined })
  const rebuilt = await composeGateway(readEnvironment({ ...gateway.variables, DATABASE_URL: empty.appUrl }))
  try {
    const made = await rebuildTenants({ db: emptyOwner, objectStore: rebuilt.objectStore, publicKey })
    expect(made).toEqual({ restored: expect.arrayContaining(['north', 'south']) as unknown, failed: [] })
    expect(
      (await rebuildTenants({ db: emptyOwner, objectStore: rebuilt.objectStore, publicKey })).restored,
    ).toEqual([])
    const known = await rebuildDeletions(
      { db: emptyOwner, objectStore: rebuilt.objectStore, publicKey },
      north.id,
    )
    expect(known.unreadable).toEqual([])
    const result = await rebuildIndex({ ...rebuilt, db: emptyOwner, jobs }, north.id, known, () => undefined)
    expect(result).toMatchObject({ restored: counted.length, refreshed: 0, failed: [], archiveAway: 0 })

    const newToken = await createApiToken(emptyOwner, {
      tenantId: north.id,
      name: 'new',
      scopes: ['read'],
      expiresAt: null,
    })
    const app = createApp(rebuilt)
    expect((await original(keptOne, newToken, app)).bytes.equals(keptOne.file)).toBe(true)
    expect((await original(keptTwo, newToken, app)).bytes.equals(keptTwo.file)).toBe(true)
    expect((await original(deleted, newToken, app)).status).toBe(410)
    expect((await original(sibling, newToken, app)).status).toBe(410)
    expect((await original(purged, newToken, app)).status).toBe(410)
    await withTenant(emptyOwner, north.id, async (tx) => {
      const titles = await tx.select().from(aeTitles).where(eq(aeTitles.tenantId, north.id))
      expect(titles.map(({ aeTitle }) => aeTitle)).toEqual(['NORTH'])
      expect(await tx.select().from(devices)).toMatchObject([
        { aeTitle: 'PANO', host: '192.0.2.7', port: 104 },
      ])
    })
    const { rows: studies } = await withTenant(emptyOwner, north.id, async (tx) =>
      tx.execute<{ instance_count: number }>(
        `SELECT instance_count FROM studies WHERE study_instance_uid = '${keptTwo.study}' AND deletion_id IS NULL`,
      ),
    )
    expect(studies).toEqual([{ instance_count: 1 }])

    // what was deleted can still be restored
    expect(await restoreImages(emptyOwner, north.id, deleted.study, by)).toBe(1)
    expect((await original(deleted, newToken, app)).bytes.equals(deleted.file)).toBe(true)
    expect(await withTenant(emptyOwner, north.id, (tx) => tx.select().from(deletions))).toHaveLength(3)
  } finally {
    await jobs.stop({ graceful: false })
    await rebuilt.close()
    await closeDatabase(emptyOwner)
    await empty.drop()
  }
})

test('a manifest that was changed, exchanged or signed by another system brings no practice back', async () => {
  const { system } = gateway
  const empty = await postgres.createDatabase()
  const emptyOwner = connectDatabase(empty.ownerUrl, 2)
  try {
    const folder = join(gateway.storeFolder, 'objects', '00000000-0000-0000-0000-000000000000', 'tenants')
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.sealed'))
    const [a = '', b = ''] = names.map((name) => join(folder, name))
    const [keptA, keptB] = [await readFile(a), await readFile(b)]
    await writeFile(a, keptB)
    await writeFile(b, Buffer.concat([keptB.subarray(0, 90), Buffer.of(0, 1, 2), keptB.subarray(93)]))
    const { publicKey } = system.signingKey
    const tried = await rebuildTenants({ db: emptyOwner, objectStore: system.objectStore, publicKey })
    expect(tried.restored).toEqual([])
    expect(tried.failed).toHaveLength(2)
    await writeFile(a, keptA)
    await writeFile(b, keptB)

    const stranger = auditKeyPair(Buffer.alloc(32, 7)).publicKey
    const strange = await rebuildTenants({
      db: emptyOwner,
      objectStore: system.objectStore,
      publicKey: stranger,
    })
    expect(strange).toMatchObject({ restored: [], failed: { length: 2 } })
    expect(await emptyOwner.select().from(tenants)).toEqual([])
  } finally {
    await closeDatabase(emptyOwner)
    await empty.drop()
  }
})
