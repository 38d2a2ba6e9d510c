import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  saveAnnotation,
  saveComparison,
  savePoint,
  startTracing,
  withTenant,
  type AnnotationChange,
  type Measured,
} from '@bitewing/db'
import { instances, studies } from '@bitewing/db/schema'
import { dcmtk, temporaryFolder } from '@bitewing/testbed'
import { eq, inArray } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import type { TestPractice } from '../testing/test-practice.ts'
import { testImage } from '../testing/test-image.ts'

let gateway: TestGateway
let north: TestPractice
let token: string
let folder: Awaited<ReturnType<typeof temporaryFolder>>
const image = testImage({ side: 64, attributes: { '00100010': ['PN', 'Côté^Zoé'] } })

beforeAll(async () => {
  gateway = await startTestGateway()
  north = await gateway.practice('north')
  token = await north.token(['read', 'write'])
  folder = await temporaryFolder('annotations')
  const { path, init } = storeBody([image.file])
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
  const { id } = await north.user('dentist')
  const drawn: [Partial<AnnotationChange> & Pick<AnnotationChange, 'kind' | 'points'>, Measured | null][] = [
    [{ kind: 'length', points: [[4, 4], [34, 44]], text: 'Lésion' }, { value: 5, unit: 'mm', calibration: 'magnification' }],
    [{ kind: 'angle', points: [[10, 0], [0, 0], [0, 10]] }, { value: 90, unit: 'deg', calibration: 'none' }],
    [{ kind: 'cobb', points: [[0, 0], [9, 0], [0, 9], [9, 12]] }, { value: 18.43, unit: 'deg', calibration: 'none' }],
    [{ kind: 'ellipse', points: [[10, 10], [30, 50]] }, { value: 628.3, unit: 'px2', calibration: 'none' }],
    [{ kind: 'freehand', points: [[0, 0], [9, 0], [9, 9]] }, { value: 40.5, unit: 'px2', calibration: 'none' }],
    [{ kind: 'arrow', points: [[40, 40], [20, 20]], text: 'ici' }, null],
    [{ kind: 'text', points: [[5, 60]], text: 'Note' }, null],
    [{ kind: 'calibration', points: [[0, 1], [0, 21]], millimetres: '12.5' }, { value: 12.5, unit: 'mm', calibration: 'hand' }],
  ] // prettier-ignore
  for (const [part, measured] of drawn) {
    const change: AnnotationChange = {
      changeId: randomUUID(),
      id: randomUUID(),
      studyInstanceUid: image.study,
      sopInstanceUid: image.instance,
      frame: 1,
      basedOn: 0,
      text: '',
      millimetres: null,
      isDeleted: false,
      ...part,
    }
    const saved = await withTenant(gateway.system.db, north.id, (tx) =>
      saveAnnotation(tx, north.id, change, measured, id),
    )
    expect(saved.outcome).toBe('saved')
  }
})
afterAll(async () => {
  await gateway.stop()
  await folder.remove()
})

const save = () =>
  gateway.request(`/api/studies/${image.study}/annotations/dicom`, { method: 'POST', as: token })

type Found = { modality: string; series: string; instance: string }
async function made(): Promise<Found[]> {
  const response = await gateway.request(`/dicom-web/studies/${image.study}/instances?includefield=all`, {
    as: token,
  })
  const found = (await response.json()) as Record<string, { Value?: string[] }>[] // DICOM JSON of our own
  return found
    .map((each) => ({
      modality: each['00080060']?.Value?.[0] ?? '',
      series: each['0020000E']?.Value?.[0] ?? '',
      instance: each['00080018']?.Value?.[0] ?? '',
    }))
    .filter(({ modality }) => modality === 'SR' || modality === 'PR')
}
async function file({ series, instance, modality }: Found, study = image.study): Promise<string> {
  const path = `/dicom-web/studies/${study}/series/${series}/instances/${instance}`
  const response = await gateway.request(path, { as: token, headers: { Accept: 'application/dicom' } })
  expect(response.status).toBe(200)
  const to = join(folder.path, `${modality}.dcm`)
  await writeFile(to, Buffer.from(await response.arrayBuffer()))
  return to
}

test('what was drawn is stored with the study as a report and a presentation state, once however often it is asked for', async () => {
  expect(await (await save()).json()).toEqual({ stored: 2 })
  expect(await (await save()).json()).toEqual({ stored: 2 })
  expect((await made()).map(({ modality }) => modality).sort()).toEqual(['PR', 'SR'])
})

// DCMTK reads the whole tree by the IOD's constraints and refuses what breaks them
test('the report is a Measurement Report that DCMTK reads, with every figure, its place, its scale and its author', async () => {
  const report = (await made()).find(({ modality }) => modality === 'SR')
  if (!report) throw new Error('no report')
  const path = await file(report)
  const { code, stdout, stderr } = await dcmtk('dsrdump', ['+Pl', '+U8', path])
  // DCMTK's own checker of values does not know UTF-8, and says so
  const faults = stderr.split('\n').filter((line) => line !== '' && !line.includes('ISO_IR 192'))
  expect({ code, faults }).toEqual({ code: 0, faults: [] })
  expect(stdout).toContain('Imaging Measurement Report')
  expect(stdout).toMatch(/Côté\^Zoé/)
  expect(stdout.match(/Measurement Group/g)).toHaveLength(8)
  expect(stdout).toContain('divided by the estimated radiographic magnification factor')
  expect(stdout).toContain('Lésion')
  expect(stdout).toMatch(/"5" \(mm|5.*millimeter/)
  expect(stdout).toMatch(/dentist 1/)
})

test('the presentation state is one that DCMTK finds no fault with, and draws on the image', async () => {
  const state = (await made()).find(({ modality }) => modality === 'PR')
  if (!state) throw new Error('no presentation state')
  const path = await file(state)
  const checked = await dcmtk('dcmpschk', [path])
  expect(`${checked.stdout}${checked.stderr}`).not.toMatch(/Error|missing|absent|illegal/i)
  expect(checked.code).toBe(0)
  const picture = join(folder.path, 'image.dcm')
  await writeFile(picture, image.file)
  const drawn = await dcmtk('dcmp2pgm', ['-p', path, picture, join(folder.path, 'drawn.pgm')])
  expect(drawn.code, drawn.stderr).toBe(0)
})

test('a study on which nothing is drawn gets nothing', async () => {
  const bare = testImage()
  const { path, init } = storeBody([bare.file])
  await gateway.request(path, { ...init, as: token })
  const response = await gateway.request(`/api/studies/${bare.study}/annotations/dicom`, {
    method: 'POST',
    as: token,
  })
  expect(await response.json()).toEqual({ stored: 0 })
})

const spaced = (across: string) => ({ '00280030': ['DS', `${across}\\${across}`] }) as const
/** Two images of one patient in two studies, and how the other lies on the first. */
async function compared(attributes: Parameters<typeof testImage>[0], mirrored = false) {
  const who = { '00100020': ['LO', 'REG-1'] } as const
  const pair = [
    testImage({ side: 64, attributes: { ...who, ...spaced('0.1') } }),
    testImage({ side: 64, attributes: { ...who, ...attributes?.attributes } }),
  ] as const
  for (const { file: bytes } of pair) {
    const { path, init } = storeBody([bytes])
    expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
  }
  const { id: userId } = await north.user('dentist')
  const comparisonId = await withTenant(gateway.system.db, north.id, async (tx) => {
    const rows = await tx
      .select({ id: instances.id, uid: instances.sopInstanceUid, patientId: studies.patientId })
      .from(instances)
      .innerJoin(studies, eq(studies.id, instances.studyId))
      .where(
        inArray(
          instances.sopInstanceUid,
          pair.map(({ instance }) => instance),
        ),
      )
    const onTop = ({ instance }: (typeof pair)[number], isFirst: boolean) => ({
      instanceId: rows.find(({ uid }) => uid === instance)?.id ?? '',
      frame: 1,
      mirrored: !isFirst && mirrored,
      placedBy: isFirst ? ('none' as const) : ('landmarks' as const),
      similarity: isFirst ? null : ([0.98, 0.02, -3.5, 12] satisfies [number, number, number, number]),
      landmarks: [],
      errorPixels: isFirst ? null : 1.5,
    })
    const draft = {
      patientId: rows[0]?.patientId ?? '',
      title: 'Avant et après',
      mode: 'slider' as const,
      images: [onTop(pair[0], true), onTop(pair[1], false)],
    }
    const saved = await saveComparison(tx, north.id, draft, null, userId)
    if (!saved.saved) throw new Error(saved.why)
    return saved.id
  })
  const store = () => gateway.request(`/api/comparisons/${comparisonId}/dicom`, { method: 'POST', as: token })
  return { pair, store }
}
async function registrations({ study }: { study: string }): Promise<Found[]> {
  const response = await gateway.request(`/dicom-web/studies/${study}/instances?Modality=REG`, { as: token })
  const found = (await response.json()) as Record<string, { Value?: string[] }>[] // DICOM JSON of our own
  return found.map((each) => ({
    modality: 'REG',
    series: each['0020000E']?.Value?.[0] ?? '',
    instance: each['00080018']?.Value?.[0] ?? '',
  }))
}
async function registrationOf(which: Parameters<typeof compared>[0], mirrored = false) {
  const { pair, store } = await compared(which, mirrored)
  expect(await (await store()).json()).toEqual({ stored: 1 })
  expect(await (await store()).json()).toEqual({ stored: 1 })
  const [found, more] = await registrations(pair[0])
  if (!found || more) throw new Error('not one registration')
  const path = `/dicom-web/studies/${pair[0].study}/series/${found.series}/instances/${found.instance}`
  const response = await gateway.request(path, { as: token, headers: { Accept: 'application/dicom' } })
  const to = join(folder.path, 'REG.dcm')
  await writeFile(to, Buffer.from(await response.arrayBuffer()))
  const { code, stdout, stderr } = await dcmtk('dcmdump', ['+L', '+U8', to])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const matrices = [...stdout.matchAll(/\(3006,00c6\) DS \[([^\]]*)\]/g)].map(([, text = '']) =>
    text.split('\\').map(Number),
  )
  return { pair, stdout, matrices }
}

// PS3.17 §O.1: of an image without a Frame of Reference the middle of the first pixel is (0, 0, 0)
test('an aligned comparison is stored as a Spatial Registration that DCMTK reads, in millimetres of each image', async () => {
  const { pair, stdout, matrices } = await registrationOf({ attributes: spaced('0.12') })
  // column 10, row 20 of the other, by hand: its middle, onto the first, and back to that one's millimetres
  const [x, y] = [10.5, 20.5]
  const [u, v] = [0.98 * x - 0.02 * y - 3.5, 0.02 * x + 0.98 * y + 12]
  const [own = [], other = []] = matrices
  const at = ([a = 0, b = 0, , d = 0, e = 0, f = 0, , h = 0]: number[], px: number, py: number) => [
    a * px + b * py + d,
    e * px + f * py + h,
  ]
  expect(own).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
  const [mx = 0, my = 0] = at(other, 10 * 0.12, 20 * 0.12)
  expect(mx).toBeCloseTo((u - 0.5) * 0.1, 6)
  expect(my).toBeCloseTo((v - 0.5) * 0.1, 6)
  expect(stdout).toContain('[RIGID]')
  expect(stdout).toContain('[RIGID_SCALE]')
  expect(stdout).toContain('[0 landmarks, error 0.15 mm; in mm]')
  expect(stdout).toContain('Fiducial Alignment')
  expect(stdout).toMatch(/dentist \d/)
  for (const { study, instance } of pair) expect(stdout).toContain(instance + (study ? '' : ' '))
  // Types 1 and 2 of the modules of Table A.39.1-1 that are mandatory
  for (const tag of ['0008,0005', '0008,0012', '0008,0016', '0008,0018', '0008,0020', '0008,0023', '0008,0030',
    '0008,0033', '0008,0050', '0008,0060', '0008,0070', '0008,0090', '0008,1090', '0008,1115', '0008,1200',
    '0010,0010', '0010,0020', '0010,0030', '0010,0040', '0018,1000', '0018,1020', '0020,000d', '0020,000e',
    '0020,0010', '0020,0011', '0020,0013', '0020,0052', '0020,1040', '0070,0080', '0070,0081', '0070,0084',
    '0070,0308', '0070,0309', '0070,030a', '0070,030d', '0070,030c', '3006,00c6'])
    expect(stdout, tag).toContain(`(${tag})`) // prettier-ignore
})

test('a registration says what it does not know: no spacing, a mirrored image', async () => {
  const { stdout, matrices } = await registrationOf({}, true)
  expect(stdout).toContain('in pixels, no spacing known]')
  expect(stdout).toContain('[AFFINE]')
  const [, [a = 0, b = 0, , d = 0, e = 0, f = 0] = []] = matrices
  expect(a * f - b * e).toBeLessThan(0)
  // the first pixel's middle lies at the right edge, half a pixel in: 63.5
  expect(d).toBeCloseTo((0.98 * 63.5 - 0.02 * 0.5 - 3.5 - 0.5) * 0.1, 6)
})

test('a comparison of nobody, and of images with a place in space, is no registration', async () => {
  const unknown = `/api/comparisons/${randomUUID()}/dicom`
  expect((await gateway.request(unknown, { method: 'POST', as: token })).status).toBe(404)
  const south = await (await gateway.practice('south')).token(['write'])
  const { store } = await compared({ attributes: { '00200032': ['DS', '0\\0\\0'] } })
  expect((await store()).status).toBe(409)
  const { pair } = await compared({})
  expect(await registrations(pair[0])).toEqual([])
  expect((await gateway.request(unknown, { method: 'POST', as: south })).status).toBe(404)
})

test('a tracing is stored as a Measurement Report that DCMTK reads, each landmark at its place, once for one state', async () => {
  const ceph = testImage({ side: 64, attributes: { '00100010': ['PN', 'Côté^Zoé'] } })
  const { path, init } = storeBody([ceph.file])
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
  const { id: userId } = await north.user('dentist')
  const place = (
    tracing: { id: string; patientId: string },
    landmark: 'S' | 'N',
    basedOn: number,
    at: [number, number],
  ) =>
    withTenant(gateway.system.db, north.id, (tx) =>
      savePoint(tx, north.id, tracing, { landmark, basedOn, state: 'placed', at }, userId),
    )
  const tracing = await withTenant(gateway.system.db, north.id, async (tx) => {
    const [row] = await tx
      .select({ instanceId: instances.id, patientId: studies.patientId })
      .from(instances)
      .innerJoin(studies, eq(studies.id, instances.studyId))
      .where(eq(instances.sopInstanceUid, ceph.instance))
    if (!row?.patientId) throw new Error('no image')
    const { instanceId, patientId } = row
    const calibration = { kind: 'none', columnMm: null } as const
    const started = await startTracing(tx, north.id, { patientId, instanceId, frame: 1 }, calibration, userId)
    if (!started) throw new Error('no tracing')
    return { id: started, patientId }
  })
  const store = (
    as = token,
    body: unknown = {
      figures: [{ id: 'SNA', name: 'SNA', unit: 'deg', value: 82.4, from: ['S', 'N', 'A'] }],
    },
  ) =>
    gateway.request(`/api/tracings/${tracing.id}/dicom`, { method: 'POST', as, body: JSON.stringify(body) })
  expect(await (await store()).json()).toEqual({ stored: 0 })

  await place(tracing, 'S', 0, [12.5, 30.25])
  await place(tracing, 'N', 0, [40, 8])
  expect(
    (await store(token, { figures: [{ id: 'SNA', name: 'SNA', unit: 'deg', value: '82' }] })).status,
  ).toBe(400)
  expect(await (await store()).json()).toEqual({ stored: 1 })
  expect(await (await store()).json()).toEqual({ stored: 1 })
  const reports = async () => {
    const response = await gateway.request(`/dicom-web/studies/${ceph.study}/instances?Modality=SR`, {
      as: token,
    })
    return (await response.json()) as Record<string, { Value?: string[] }>[] // DICOM JSON of our own
  }
  const [report, more] = await reports()
  if (!report || more) throw new Error('not one report')
  const written = await file(
    {
      modality: 'SR',
      series: report['0020000E']?.Value?.[0] ?? '',
      instance: report['00080018']?.Value?.[0] ?? '',
    },
    ceph.study,
  )
  const { code, stdout, stderr } = await dcmtk('dsrdump', ['+Pl', '+U8', written])
  const faults = stderr.split('\n').filter((line) => line !== '' && !line.includes('ISO_IR 192'))
  expect({ code, faults }).toEqual({ code: 0, faults: [] })
  expect(stdout.match(/Measurement Group/g)).toHaveLength(3)
  expect(stdout).toMatch(/12\.5\/30\.25/)
  expect(stdout).toMatch(/Sella/)
  expect(stdout).toMatch(/SNA.*"82\.4"/)
  // a viewer finds where the figure lies: at those of its landmarks that are placed
  expect(stdout).toMatch(/inferred from SCOORD:=\(MULTIPOINT,12\.5\/30\.25,40\/8\)/)
  expect((await dcmtk('dcmdump', ['+L', written])).stdout).toContain(`[${ceph.instance}]`)
  expect(stdout).toMatch(/dentist \d/)

  // a landmark that was moved is another state; another practice has no such tracing
  await place(tracing, 'N', 1, [41, 8])
  expect(await (await store()).json()).toEqual({ stored: 1 })
  expect(await reports()).toHaveLength(2)
  const west = await (await gateway.practice('west')).token(['write'])
  expect((await store(west)).status).toBe(404)
})
