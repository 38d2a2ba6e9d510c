import { readFileSync } from 'node:fs'
import { withTenant } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { corpusPath } from '@bitewing/testbed/corpus'
import { eq } from 'drizzle-orm'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseInstance } from '../dicom/parse-instance.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage, type TestImage } from '../testing/test-image.ts'
import type { TestPractice } from '../testing/test-practice.ts'
import { makeRenditions } from './make-renditions.ts'
import { renditionVersion } from './rendition.ts'
import { retryRenditions } from './retry-renditions.ts'

let gateway: TestGateway
let clinic: TestPractice
let token: string
beforeAll(async () => {
  gateway = await startTestGateway()
  clinic = await gateway.practice('models')
  token = await clinic.token(['read', 'write'])
})
afterAll(() => gateway.stop())

const classes = { stl: '1.2.840.10008.5.1.4.1.1.104.3', obj: '1.2.840.10008.5.1.4.1.1.104.4' }
const inClinic = <T>(work: Parameters<typeof withTenant<T>>[2]) =>
  withTenant(gateway.system.db, clinic.id, work)

function modelOf(mesh: Uint8Array, format: 'stl' | 'obj' = 'stl', title = 'Scan'): TestImage {
  const even = mesh.length % 2 === 0 ? mesh : Buffer.concat([mesh, Buffer.alloc(1)])
  const noPixels = ['00280002', '00280004', '00280010', '00280011', '00280100', '00280101', '00280102']
  return testImage({
    attributes: {
      ...Object.fromEntries([...noPixels, '00280103', '00280301', '7FE00010'].map((tag) => [tag, null])),
      '00080016': ['UI', classes[format]],
      '00080060': ['CS', 'M3D'],
      '00420010': ['ST', title],
      '00420011': ['OB', even],
      '00420012': ['LO', `model/${format}`],
    },
  })
}

async function stored({ file, instance }: Pick<TestImage, 'file' | 'instance'>) {
  const { path, init } = storeBody([file])
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
  const [row] = await inClinic((tx) =>
    tx.select().from(instances).where(eq(instances.sopInstanceUid, instance)),
  )
  if (!row) throw new Error('the model has a row')
  return row
}
const draw = (instanceId: string) => makeRenditions(gateway.system, { tenantId: clinic.id, instanceId })
const stateOf = async (id: string) => {
  const [row] = await inClinic((tx) => tx.select().from(instances).where(eq(instances.id, id)))
  return [row?.renditionState, row?.renditionVersion]
}
async function picture(
  { study, series, instance }: Pick<TestImage, 'study' | 'series' | 'instance'>,
  file: string,
) {
  const response = await gateway.request(`/renditions/${study}/${series}/${instance}/1/${file}`, {
    as: token,
  })
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) }
}
/** Share of the picture that is not its background. */
async function coverage(bytes: Buffer): Promise<number> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
  let covered = 0
  for (let at = 0; at < data.length; at += info.channels) if ((data[at] ?? 0) > 60) covered++
  return covered / (info.width * info.height)
}

test('a real model is drawn on its arrival in the sizes of a thumbnail, and pages get it as they get an image', async () => {
  const file = readFileSync(corpusPath('documents/encapsulated/dental_surface_stl.dcm'))
  const parsed = await parseInstance({
    bytes: file.length,
    read: (start, end) => Promise.resolve(file.subarray(start, end)),
  })
  const { studyInstanceUid: study, seriesInstanceUid: series, sopInstanceUid: instance } = parsed.identifiers
  const names = { study, series, instance, file }
  const row = await stored(names)
  expect(await stateOf(row.id)).toEqual(['none', null])
  expect((await picture(names, '200.webp')).status).toBe(404)
  await draw(row.id)
  expect(await stateOf(row.id)).toEqual(['drawn', renditionVersion])

  for (const side of [50, 200, 1024]) {
    const { status, bytes } = await picture(names, `${side}.webp`)
    expect(status).toBe(200)
    expect(await sharp(bytes).metadata()).toMatchObject({ width: side, height: side, format: 'webp' })
    expect(await coverage(bytes)).toBeGreaterThan(0.03)
    expect(await coverage(bytes)).toBeLessThan(0.95)
  }
  // what is not made unasked is drawn when it is asked for
  expect((await picture(names, 'full.png')).status).toBe(200)
  expect((await picture({ ...names, study: names.series }, '200.webp')).status).toBe(404)
})

/** A tetrahedron that stands on its base, 40 mm long; wound outwards, or the other way round. */
function tetrahedron(isTurned = false): Buffer {
  const points = [
    [0, 0, 0],
    [40, 0, 0],
    [20, 35, 0],
    [20, 12, 30],
  ]
  const faces = [
    [0, 2, 1],
    [0, 1, 3],
    [1, 2, 3],
    [2, 0, 3],
  ].map((face) => (isTurned ? face.toReversed() : face))
  const file = Buffer.alloc(84 + faces.length * 50)
  file.writeUInt32LE(faces.length, 80)
  faces.forEach((face, facet) =>
    face.forEach((point, corner) =>
      points[point]?.forEach((value, axis) =>
        file.writeFloatLE(value, 84 + facet * 50 + 12 + corner * 12 + axis * 4),
      ),
    ),
  )
  return file
}

test('which way round a surface is wound makes no difference: its outside is seen', async () => {
  const pictures = []
  for (const isTurned of [false, true]) {
    const model = modelOf(tetrahedron(isTurned))
    const { id } = await stored(model)
    await draw(id)
    pictures.push(
      await sharp((await picture(model, '200.webp')).bytes)
        .raw()
        .toBuffer(),
    )
  }
  const [one, other] = pictures
  expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true)
})

test('OBJ is drawn with its colours', async () => {
  const obj = 'v 0 0 0 1 0 0\nv 40 0 0 1 0 0\nv 20 0 30 1 0 0\nf 1 2 3\n'
  const model = modelOf(Buffer.from(obj), 'obj')
  const { id } = await stored(model)
  await draw(id)
  const { data, info } = await sharp((await picture(model, '200.webp')).bytes)
    .raw()
    .toBuffer({ resolveWithObject: true })
  const middle = (info.height / 2) * info.width * info.channels + (info.width / 2) * info.channels
  expect(data[middle]).toBeGreaterThan(100)
  expect(data[middle + 1]).toBeLessThan(40)
})

const withFloat = (value: number, at: number) => {
  const file = tetrahedron()
  file.writeFloatLE(value, at)
  return file
}
function hugeCount(): Buffer {
  const file = tetrahedron()
  file.writeUInt32LE(0xffffffff, 80)
  return file
}
/** Triangles that each cover the whole picture. */
function manyLayers(): Buffer {
  const count = 20_000
  const file = Buffer.alloc(84 + count * 50)
  file.writeUInt32LE(count, 80)
  for (let facet = 0; facet < count; facet++) {
    const at = 84 + facet * 50 + 12
    ;[0, facet / 1000, 0, 1000, facet / 1000, 0, 0, facet / 1000, 1000].forEach((value, index) =>
      file.writeFloatLE(value, at + index * 4),
    )
  }
  return file
}
const hostile: readonly [what: string, mesh: Buffer, format?: 'stl' | 'obj'][] = [
  ['cut off', tetrahedron().subarray(0, 150)],
  ['a place that is no number', withFloat(Number.NaN, 100)],
  ['a place beyond all', withFloat(Infinity, 100)],
  ['no triangle', Buffer.alloc(84)],
  ['four thousand million triangles that are not there', hugeCount()],
  [
    'triangles without a surface',
    Buffer.concat([tetrahedron().subarray(0, 80), Buffer.of(1, 0, 0, 0), Buffer.alloc(50)]),
  ],
  ['the picture covered twenty thousand times', manyLayers()],
  [
    'nothing of a mesh',
    Buffer.from('%PDF-1.4 not a mesh at all, and long enough to be one of those', 'latin1'),
  ],
  ['corners that are not there', Buffer.from('v 0 0 0\nv 1 0 0\nf 1 2 99\n'), 'obj'],
]
test.each(hostile)(
  'a mesh that is refused keeps its sign in lists, and is not tried again: %s',
  async (_, mesh, format) => {
    const model = modelOf(mesh, format)
    const { id } = await stored(model)
    await draw(id)
    expect(await stateOf(id)).toEqual(['none', renditionVersion])
    expect((await picture(model, '200.webp')).status).toBe(404)
    expect(await retryRenditions(gateway.system)).toBe(0)
    // it stays what it is
    expect((await gateway.request(`/dicom-web${model.path}`, { as: token })).status).toBe(200)
  },
)

test('models that came before they were drawn are queued by the next worker, once', async () => {
  const model = modelOf(tetrahedron())
  const { id } = await stored(model)
  expect(await retryRenditions(gateway.system)).toBe(1)
  expect(await retryRenditions(gateway.system)).toBe(0)
  await draw(id)
  expect(await stateOf(id)).toEqual(['drawn', renditionVersion])
})
