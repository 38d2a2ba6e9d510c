import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { saveAnnotation, withTenant, type AnnotationChange, type Measured } from '@bitewing/db'
import { dcmtk, temporaryFolder } from '@bitewing/testbed'
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
async function file({ series, instance, modality }: Found): Promise<string> {
  const path = `/dicom-web/studies/${image.study}/series/${series}/instances/${instance}`
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
