import type { ModelUnit } from '@bitewing/db'
import type { Arch } from '@bitewing/models'

/** Who a model is of, as the practice's images name the patient. */
export type ModelPatient = {
  /** family^given */
  name: string
  patientId: string
  issuer: string
  /** YYYYMMDD, or empty */
  birthDate: string
  sex: string
}

export type NewModel = {
  bytes: Blob
  /** of the bytes: PLY has no storage class and is written as one of these before */
  format: 'stl' | 'obj'
  /** name of the file that was chosen */
  fileName: string
  arch: Arch | null
  /** null: nobody knows, and nothing will be measured */
  unit: ModelUnit | null
  title: string
  patient: ModelPatient
  studyInstanceUid: string
  studyDescription: string
  /** YYYYMMDD */
  date: string
  /** HHMMSS */
  time: string
  /** models of one scan share it; null: how it stands to others is not known */
  frameOfReferenceUid: string | null
  number: number
}

const classes = { stl: '1.2.840.10008.5.1.4.1.1.104.3', obj: '1.2.840.10008.5.1.4.1.1.104.4' } as const
const mediaTypes = { stl: 'model/stl', obj: 'model/obj' } as const
const ucum = { mm: 'mm', cm: 'cm', m: 'm', in: '[in_i]' } as const satisfies Record<ModelUnit, string>
const arches = {
  upper: ['70925003', 'Maxilla'],
  lower: ['91609006', 'Mandible'],
} as const satisfies Record<Arch, readonly [string, string]>

/** A UID of our own making under the UUID root (PS3.5 §B.2). */
export function newUid(): string {
  return `2.25.${BigInt(`0x${crypto.randomUUID().replaceAll('-', '')}`)}`
}

/**
 * A mesh as an Encapsulated STL or OBJ instance (PS3.3 §A.85.1, §A.85.2), for a Store transaction of metadata and bulk
 * data (PS3.18 §10.5.2): the gateway writes the file.
 */
export function modelStoreBody(model: NewModel): { body: Blob; contentType: string } {
  const { patient, date, time, arch, unit, format } = model
  const text = (vr: string, value: string) => (value === '' ? { vr } : { vr, Value: [value] })
  const name = (value: string) => (value === '' ? { vr: 'PN' } : { vr: 'PN', Value: [{ Alphabetic: value }] })
  const code = (value: string, scheme: string, meaning: string) => ({
    vr: 'SQ',
    Value: [
      { '00080100': text('SH', value), '00080102': text('SH', scheme), '00080104': text('LO', meaning) },
    ],
  })
  const [regionCode, region] = arch ? arches[arch] : ['', '']
  const dataSet = {
    '00080005': text('CS', 'ISO_IR 192'),
    '00080016': text('UI', classes[format]),
    '00080018': text('UI', newUid()),
    '00080020': text('DA', date),
    '00080021': text('DA', date),
    '00080023': text('DA', date),
    '00080030': text('TM', time),
    '00080031': text('TM', time),
    '00080033': text('TM', time),
    '0008002A': text('DT', `${date}${time}`),
    '00080050': { vr: 'SH' },
    '00080060': text('CS', 'M3D'),
    '00080070': { vr: 'LO' },
    '00080090': { vr: 'PN' },
    '00081030': text('LO', model.studyDescription),
    '0008103E': text('LO', model.title),
    ...(arch ? { '00082218': code(regionCode, 'SCT', region) } : {}),
    '00100010': name(patient.name),
    '00100020': text('LO', patient.patientId),
    ...(patient.issuer === '' ? {} : { '00100021': text('LO', patient.issuer) }),
    '00100030': text('DA', patient.birthDate),
    '00100040': text('CS', patient.sex),
    '0020000D': text('UI', model.studyInstanceUid),
    '0020000E': text('UI', newUid()),
    '00200010': { vr: 'SH' },
    '00200011': { vr: 'IS', Value: [model.number] },
    '00200013': { vr: 'IS', Value: [1] },
    ...(model.frameOfReferenceUid
      ? { '00200052': text('UI', model.frameOfReferenceUid), '00201040': { vr: 'LO' } }
      : {}),
    '00204000': text('LT', model.fileName),
    '00280301': text('CS', 'NO'),
    ...(unit ? { '004008EA': code(ucum[unit], 'UCUM', ucum[unit]) } : {}),
    '0040A043': { vr: 'SQ' },
    '00420010': text('ST', model.title),
    '00420011': { vr: 'OB', BulkDataURI: 'model' },
    '00420012': text('LO', mediaTypes[format]),
    '00687001': text('CS', 'NO'),
    '00687002': text('CS', 'NO'),
  }
  const boundary = `bitewing-${crypto.randomUUID()}`
  const head = (type: string, location = '') =>
    `--${boundary}\r\nContent-Type: ${type}\r\n${location === '' ? '' : `Content-Location: ${location}\r\n`}\r\n`
  // a value has an even length (PS3.5 §7.1.1)
  const filler = model.bytes.size % 2 === 0 ? [] : [format === 'obj' ? '\n' : new Uint8Array(1)]
  return {
    body: new Blob([
      head('application/dicom+json'),
      JSON.stringify([dataSet]),
      '\r\n',
      head('application/octet-stream', 'model'),
      model.bytes,
      ...filler,
      `\r\n--${boundary}--\r\n`,
    ]),
    contentType: `multipart/related; type="application/dicom+json"; boundary="${boundary}"`,
  }
}
