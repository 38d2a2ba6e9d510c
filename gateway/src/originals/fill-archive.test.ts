import { readFile } from 'node:fs/promises'
import { withTenant } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { corpusPath } from '@bitewing/testbed'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { corpusFiles } from '../dicom/testing.ts'
import { purgeDeletions } from '../deletion/purge-deletions.ts'
import { values, type DicomJson } from '../testing/dicom-json.ts'
import { heldThings } from '../testing/held-things.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage, type TestImage } from '../testing/test-image.ts'
import type { TestPractice } from '../testing/test-practice.ts'
import { fillArchive } from './fill-archive.ts'
import { rebuildIndex } from './rebuild-index.ts'

let gateway: TestGateway
let north: TestPractice
let south: TestPractice
let tokens: { north: string; south: string }

beforeAll(async () => {
  gateway = await startTestGateway({ DELETION_GRACE_DAYS: '0' })
  north = await gateway.practice('north')
  south = await gateway.practice('south')
  tokens = {
    north: await north.token(['read', 'write', 'delete']),
    south: await south.token(['read', 'write']),
  }
})
afterAll(() => gateway.stop())

async function store(as: string, file: Uint8Array): Promise<number> {
  const { path, init } = storeBody([file])
  return (await gateway.request(path, { ...init, as })).status
}

async function rowOf({ instance }: TestImage, practice = north) {
  const [row] = await withTenant(gateway.system.db, practice.id, (tx) =>
    tx.select().from(instances).where(eq(instances.sopInstanceUid, instance)),
  )
  if (!row) throw new Error('not stored')
  return row
}

const job = ({ id }: { id: string }) => ({ tenantId: north.id, instanceId: id })
const ports = () => ({ ...gateway.system, folder: gateway.system.spoolDir })

test("Orthanc gets every file, and its id is known before where the patient's id is plain", async () => {
  const { archive } = gateway.system
  const files = [
    testImage({ attributes: { '00100020': ['LO', ''] } }).file,
    testImage({ attributes: { '00100020': ['LO', 'P 1 '] } }).file,
    ...(await Promise.all(
      corpusFiles()
        .filter((name) => name.startsWith('charset/'))
        .map((name) => readFile(corpusPath(name))),
    )),
  ]
  const stored = []
  for (const file of files) if ((await store(tokens.north, file)) === 200) stored.push(file)
  expect(stored.length).toBeGreaterThan(15) // some are refused, and other tests say why
  const rows = () => withTenant(gateway.system.db, north.id, (tx) => tx.select().from(instances))
  const before = await rows()
  expect(before).toHaveLength(stored.length)
  expect(before.map((row) => row.heldByArchive)).not.toContain(true)
  expect(await Promise.all(before.map(({ orthancId }) => archive.md5(orthancId)))).toEqual(
    before.map(() => null),
  )

  await gateway.fillArchive()
  for (const row of await rows()) {
    expect(row.heldByArchive).toBe(true)
    expect(await archive.md5(row.orthancId)).toBe(row.fileMd5)
    const { orthancId } = before.find(({ id }) => id === row.id) ?? {}
    const [patientId = ''] = values(JSON.parse(row.metadata) as DicomJson, '00100020') as string[]
    // of text in a wrong or missing character set Orthanc makes something else, and says so when it has the file
    if (/^[ -~]*$/.test(patientId)) expect(row.orthancId, patientId).toBe(orthancId)
  }
})

test('where Orthanc has the bytes of another practice under these identifiers, each keeps its own', async () => {
  const theirs = testImage({ grey: 10 })
  const ours = testImage({ ...theirs, grey: 20 })
  await store(tokens.south, theirs.file)
  await store(tokens.north, ours.file)
  await gateway.fillArchive()
  const held = [(await rowOf(theirs, south)).heldByArchive, (await rowOf(ours)).heldByArchive]
  expect(held.toSorted()).toEqual([false, true]) // who comes first is nobody's business
  for (const [image, as] of [
    [theirs, tokens.south],
    [ours, tokens.north],
  ] as const) {
    const response = await gateway.request(`/api${image.path}/original`, { as })
    expect(Buffer.from(await response.arrayBuffer()).equals(image.file)).toBe(true)
  }
})

test('what Orthanc got on another way meanwhile is found there', async () => {
  const image = testImage()
  await store(tokens.north, image.file)
  await gateway.system.archive.store({ bytes: image.file.length, buffer: image.file })
  await gateway.fillArchive()
  expect((await rowOf(image)).heldByArchive).toBe(true)
})

test('an index that is rebuilt knows what Orthanc has, be it by the job or not', async () => {
  const [filled, sent] = [testImage(), testImage()]
  await store(tokens.south, filled.file)
  await gateway.fillArchive()
  await store(tokens.south, sent.file)
  await gateway.system.archive.store({ bytes: sent.file.length, buffer: sent.file })
  const known = { apply: () => Promise.resolve() } as unknown as Parameters<typeof rebuildIndex>[2]
  await rebuildIndex(gateway.system, south.id, known, () => undefined)
  for (const image of [filled, sent]) {
    const { heldByArchive, fileMd5, orthancId } = await rowOf(image, south)
    expect({ heldByArchive, fileMd5 }).toEqual({
      heldByArchive: true,
      fileMd5: await gateway.system.archive.md5(orthancId),
    })
  }
})

test('an original that is damaged is never given to Orthanc', async () => {
  const image = testImage()
  await store(tokens.north, image.file)
  const row = await rowOf(image)
  const { objectStore } = gateway.system
  const other = { ...objectStore, getBytes: () => Promise.resolve(Buffer.from('other bytes')) }
  await expect(fillArchive({ ...ports(), objectStore: other }, job(row))).rejects.toThrow()
  expect(await gateway.system.archive.md5(row.orthancId)).toBeNull()
  await fillArchive(ports(), job(row))
  expect((await rowOf(image)).heldByArchive).toBe(true)
})

// The job may be anywhere between its first and its last step.
test('what is purged while it is on its way to Orthanc is not left there', async () => {
  const image = testImage()
  await store(tokens.north, image.file)
  const row = await rowOf(image)
  const before = await heldThings(gateway)
  const { archive } = gateway.system
  const meanwhile = {
    ...archive,
    async store(...given: Parameters<typeof archive.store>) {
      const stored = await archive.store(...given)
      const removed = await gateway.request(`/dicom-web/studies/${image.study}`, {
        as: tokens.north,
        method: 'DELETE',
      })
      expect(removed.status).toBe(204)
      expect(await purgeDeletions(gateway.system)).toBe(1)
      return stored
    },
  }
  await fillArchive({ ...ports(), archive: meanwhile }, job(row))
  expect(await archive.md5(row.orthancId)).toBeNull()
  expect((await heldThings(gateway)).archive).toBe(before.archive)
  await fillArchive(ports(), job(row)) // safe to repeat
  expect(await archive.md5(row.orthancId)).toBeNull()
})
