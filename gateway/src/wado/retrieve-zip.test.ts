import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { corpusPath, temporaryFolder, type TemporaryFolder } from '@bitewing/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditDetails } from '../testing/audit-details.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import type { TestPractice } from '../testing/test-practice.ts'
import { newUid, testImage } from '../testing/test-image.ts'

let gateway: TestGateway
let practice: TestPractice
let token: string
let folder: TemporaryFolder
const study = newUid()
const slices = [1, 2, 3].map((grey) =>
  testImage({ study, series: newUid(), grey, attributes: { '00100010': ['PN', 'Secret^Name'] } }),
)

beforeAll(async () => {
  folder = await temporaryFolder('zip')
  gateway = await startTestGateway()
  practice = await gateway.practice('north')
  token = await practice.token(['read', 'write'])
  const { path, init } = storeBody(slices.map(({ file }) => file))
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
})
afterAll(async () => {
  await gateway.stop()
  await folder.remove()
})

const get = (path: string, headers: Record<string, string> = {}) =>
  gateway.request(`/dicom-web${path}`, { as: token, headers: { Accept: 'application/zip', ...headers } })

/** Unpacked by Python's zipfile, which checks lengths and CRCs. */
async function unpack(bytes: Buffer): Promise<Map<string, Buffer>> {
  const file = join(folder.path, `${newUid()}.zip`)
  const target = `${file}.d`
  await writeFile(file, bytes)
  await promisify(execFile)('python3', ['-m', 'zipfile', '-t', file])
  await promisify(execFile)('python3', ['-m', 'zipfile', '-e', file, target])
  const names = await readdir(target, { recursive: true, withFileTypes: true })
  const entries = await Promise.all(
    names
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name)
        return [path.slice(target.length + 1), await readFile(path)] as const
      }),
  )
  return new Map(entries)
}

test('a study and a series as a zip: every file as stored, under names of UIDs alone', async () => {
  const response = await get(`/studies/${study}`)
  expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'application/zip'])
  expect(response.headers.get('Content-Disposition')).toBe(`attachment; filename="${study}.zip"`)
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(response.headers.get('Content-Length')).toBe(String(bytes.length))
  const files = await unpack(bytes)
  expect([...files.keys()].sort()).toEqual(
    slices.map((one) => `${study}/${one.series}/${one.instance}.dcm`).sort(),
  )
  for (const one of slices) {
    expect(files.get(`${study}/${one.series}/${one.instance}.dcm`)?.equals(one.file)).toBe(true)
  }
  const [first] = slices
  const ofSeries = await get(`/studies/${study}/series/${first?.series ?? ''}`)
  expect((await unpack(Buffer.from(await ofSeries.arrayBuffer()))).size).toBe(1)
})

test('the same instances make the same bytes: ETag, 304, ranges', async () => {
  const whole = await get(`/studies/${study}`)
  const ETag = whole.headers.get('ETag') ?? ''
  const bytes = Buffer.from(await whole.arrayBuffer())
  expect(Buffer.from(await (await get(`/studies/${study}`)).arrayBuffer()).equals(bytes)).toBe(true)
  expect((await get(`/studies/${study}`, { 'If-None-Match': ETag })).status).toBe(304)
  const part = await get(`/studies/${study}`, { Range: 'bytes=100-299', 'If-Range': ETag })
  expect(part.status).toBe(206)
  expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 300))).toBe(true)
})

// PS3.18 §8.7.3: Implicit VR Little Endian never leaves.
test('what may not leave as stored is rewritten; the archive is whole all the same', async () => {
  const { path, init } = storeBody([
    await readFile(corpusPath('transfer-syntax/implicit-le/MR_small_implicit.dcm')),
  ])
  const stored = await (await gateway.request(path, { ...init, as: token })).text()
  const own = /studies\/([\d.]+)\/series/.exec(stored)?.[1] ?? ''
  const [file] = (await unpack(Buffer.from(await (await get(`/studies/${own}`)).arrayBuffer()))).values()
  expect(file?.toString('latin1')).toContain('1.2.840.10008.1.2.1\0')
})

test('an instance is no archive: 406', async () => {
  expect((await get(slices[0]?.path ?? '')).status).toBe(406)
})

test('what leaves is counted; a client that goes away frees what is open', async () => {
  for (let time = 0; time < 30; time++) await (await get(`/studies/${study}`)).body?.cancel()
  expect((await get(`/studies/${study}`)).status).toBe(200)
  await gateway.system.audit.close()
  const closings = await auditDetails(gateway, practice.id, 'images.retrieved')
  expect(Math.max(...closings.map(({ instances }) => Number(instances ?? 0)))).toBeGreaterThanOrEqual(
    slices.length,
  )
})
