import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import dcmjs from 'dcmjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { demoInstances } from './demo-studies.ts'
import { toothCodes } from './dicom/tooth-codes.ts'
import { demoPatients } from './patients.ts'
import type { DemoInstance } from './render-job.ts'
import { renderJob } from './render-job.ts'
import { phantomTruth } from './truth.ts'

const run = promisify(execFile)
/** Reads a file with a second, independent reader. */
const parse = (instance: DemoInstance) =>
  dcmjs.data.DicomMessage.readFile(new Uint8Array(instance.bytes).buffer).dict
let folder = ''
/** A small part of the demo, made once by the threads. */
const some: DemoInstance[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bitewing-demo-'))
  for await (const instance of demoInstances({ only: { patients: ['nguyen', 'real-panoramic'] } }))
    some.push(instance)
})
afterAll(() => rm(folder, { recursive: true }))

/** Tag → first values, as DCMTK reads the file; throws when dcmdump finds the file at fault. */
async function dump(instance: DemoInstance): Promise<Map<string, string>> {
  const path = join(folder, `${instance.sopInstanceUid}.dcm`)
  await writeFile(path, instance.bytes)
  const { stdout, stderr } = await run('dcmdump', ['-M', '+L', '+R', '80', path], { maxBuffer: 1e8 })
  expect(stderr).toBe('')
  const values = new Map<string, string>()
  for (const [, tag = '', value = ''] of stdout.matchAll(/^\(([0-9a-f]{4},[0-9a-f]{4})\) \w\w (.*?) +#/gm)) {
    values.set(tag, value.replace(/^\[(.*)\]$/, '$1'))
  }
  return values
}

/** Type 1 attributes that all four IODs share (PS3.3 Annex A). */
const common = [
  '0008,0016',
  '0008,0018',
  '0008,0060',
  '0020,000d',
  '0020,000e',
  '0020,0013',
  '0028,0002',
  '0028,0004',
  '0028,0010',
  '0028,0011',
  '0028,0100',
  '0028,0101',
  '0028,0102',
  '0028,0103',
  '0008,0008',
  '7fe0,0010',
]

test.each([
  {
    job: { patientKey: 'cote', studyKey: 't0', kind: 'panoramic' } as const,
    must: {
      '0008,0060': 'PX',
      '0008,0068': 'FOR PRESENTATION',
      '0028,0010': '1468',
      '0028,0011': '2888',
      '0018,1164': '0.1\\0.1',
      '2050,0020': 'IDENTITY',
      '0028,1040': 'LOG',
      '0020,0020': 'L\\F',
      '0020,0062': 'B',
    },
  },
  {
    job: { patientKey: 'cote', studyKey: 't2', kind: 'cephalogram' } as const,
    must: {
      '0008,0060': 'DX',
      '0018,1164': '0.132\\0.132',
      '0018,1114': '1.1',
      '0018,1508': 'CEPHALOSTAT',
      '0020,0020': 'A\\F',
    },
  },
  {
    job: { patientKey: 'nguyen', studyKey: 'recall', kind: 'bitewings', side: 'right' } as const,
    must: {
      '0008,0060': 'IO',
      '0008,0068': 'FOR PRESENTATION',
      '0028,0010': '1300',
      '0028,0011': '1700',
      '0018,1164': '0.02\\0.02',
      '0020,0062': 'R',
      '0020,0020': 'A\\F',
      '0028,2110': '00',
    },
  },
  {
    job: { patientKey: 'cote', studyKey: 't0', kind: 'photograph' } as const,
    must: {
      '0008,0060': 'XC',
      '0028,0004': 'YBR_FULL_422',
      '0028,2110': '01',
      '0028,2114': 'ISO_10918_1',
      '0028,0002': '3',
    },
  },
  {
    job: {
      patientKey: 'cote',
      studyKey: 't1',
      kind: 'intraoral-photographs',
      view: 'upper-occlusal',
    } as const,
    must: {
      '0008,0060': 'XC',
      '0028,0010': '666',
      '0020,0020': 'L\\P',
      '0020,0013': '4',
      '0028,2110': '01',
    },
  },
  {
    job: { patientKey: 'cote', studyKey: 't0', kind: 'cbct', firstSlice: 9, slices: 1 } as const,
    must: {
      '0008,0060': 'CT',
      '0028,0030': '0.4\\0.4',
      '0020,0032': '-51\\-14\\-38.2',
      '0020,0037': '1\\0\\0\\0\\1\\0',
      '0028,1052': '-1000',
      '0028,1053': '1',
      '0018,0050': '0.4',
      '0020,0013': '10',
    },
  },
])('$job.kind is DICOM that DCMTK reads without complaint', async ({ job, must }) => {
  const [instance] = job.kind === 'bitewings' ? some.slice(1) : await renderJob(job)
  if (!instance) throw new Error('no instance')
  const values = await dump(instance)

  for (const tag of common) expect(values.get(tag), tag).toBeTruthy()
  for (const [tag, value] of Object.entries(must)) expect(values.get(tag), tag).toBe(value)
  expect(values.get('0008,0005')).toBe('ISO_IR 192')
  expect(values.get('0010,0010')).toBe(job.kind === 'bitewings' ? 'Nguyễn^Thị Ánh' : 'Côté^Élodie')
  expect(values.get('0008,0018')).toBe(instance.sopInstanceUid)
  expect(instance.sopInstanceUid).toMatch(/^2\.25\.[1-9]\d{0,38}$/)

  // A second reader, and a picture out of it.
  expect(parse(instance)['0020000D']?.Value).toEqual([instance.studyInstanceUid])
  const path = join(folder, `${instance.sopInstanceUid}.dcm`)
  await run(
    'dcmj2pnm',
    ['+Wi', '1', path, `${path}.pnm`].filter(
      (a) => !job.kind.includes('photograph') || !['+Wi', '1'].includes(a),
    ),
  )
})

test('a bitewing names each tooth it shows, one item a tooth, with the current code', () => {
  const [, , left = fail()] = some
  const items = (parse(left)['00082228']?.Value ?? []) as { '00080100': { Value: string[] } }[]
  const expected = Object.keys(phantomTruth('nguyen', 'T0').bitewing.left).map((fdi) => toothCodes[fdi]?.code)

  expect(items.map((item) => item['00080100'].Value[0]).sort()).toEqual(expected.sort())
  expect(items.length).toBeGreaterThanOrEqual(6)
})

test('instances come from threads in the order of the plan, and the real panoramic unchanged', async () => {
  expect(some.map(({ fileName }) => fileName)).toEqual([
    'real/CR-ModalitySequenceLUT.dcm',
    'DEMO-0005/recall/bitewing-right.dcm',
    'DEMO-0005/recall/bitewing-left.dcm',
  ])
  const real = await dump(some[0] ?? fail())
  expect(real.get('0008,0018')).toBe(some[0]?.sopInstanceUid)
  expect(real.get('0020,000d')).toBe(some[0]?.studyInstanceUid)
  expect(
    createHash('sha256')
      .update(some[0]?.bytes ?? '')
      .digest('hex'),
  ).toMatch(/^6fecb0ac1f28d78e/)
})

test('patients have different names, ids, accession numbers and seeds', () => {
  const distinct = (values: unknown[]) => expect(new Set(values).size).toBe(values.length)
  distinct(demoPatients.map((p) => p.key))
  distinct(demoPatients.map((p) => p.patientId))
  distinct(demoPatients.map((p) => p.name))
  distinct(demoPatients.map((p) => p.dentition.seed))
  distinct(demoPatients.flatMap((p) => p.studies.map((s) => s.accessionNumber)))
  for (const patient of demoPatients) {
    for (const study of patient.studies) expect(study.accessionNumber.length).toBeLessThanOrEqual(16) // SH
  }
})

function fail(): never {
  throw new Error('nothing came')
}
