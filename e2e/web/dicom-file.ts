import { randomBytes } from 'node:crypto'

export type DicomFile = { name: string; buffer: Buffer; studyInstanceUid: string }

export type NewImage = {
  patientName: string // `Family^Given`
  patientId: string
  birthDate?: string // DA
  studyDate?: string // DA
  studyInstanceUid?: string
  seriesInstanceUid?: string
  sopInstanceUid?: string
  number?: number
  /** (0018,1164) as DS; absent when not given */
  imagerPixelSpacing?: string
  /** (0028,1050) and (0028,1051); absent when not given */
  window?: { center: number; width: number }
  /** SNOMED CT codes of the teeth in the picture, (0008,2228) */
  toothCodes?: string[]
  /** makes it a photograph; SNOMED CT codes of its view and of what it shows, of which either may be missing */
  photograph?: { view?: string; structure?: string }
  /** makes it a film, of so many frames */
  film?: { frames: number; frameTimeMs: number }
  /** tells images of one UID apart */
  shade?: number // 0–255
  /** brightness at a place of the 96 × 96 pixels, 0–255, of a frame from 1; a disc on a slope when absent */
  draw?: (x: number, y: number, frame: number) => number
}

const side = 96

/** A UID of our own making under the UUID root (PS3.5 §B.2). */
export function newUid(): string {
  return `2.25.${BigInt(`0x${randomBytes(15).toString('hex')}`)}`
}

/**
 * A small intraoral X-ray, Digital Intra-Oral For Presentation in Explicit VR Little Endian (PS3.10 §7); or a grey
 * photograph, VL Photographic; or a film, Multi-frame Grayscale Byte Secondary Capture.
 */
export function dicomFile(image: NewImage): DicomFile {
  const { number = 1, shade = 160, studyInstanceUid = newUid(), seriesInstanceUid = newUid() } = image
  const { film, photograph } = image
  const [sopClass, modality] = film
    ? ['1.2.840.10008.5.1.4.1.1.7.2', 'OT']
    : photograph
      ? ['1.2.840.10008.5.1.4.1.1.77.1.4', 'XC']
      : ['1.2.840.10008.5.1.4.1.1.1.3', 'IO']
  const sopInstanceUid = image.sopInstanceUid ?? newUid()
  const disc = (x: number, y: number) =>
    Math.hypot(x - side / 2, y - side / 2) < side / 3 ? shade : Math.round((x / side) * 60)
  const draw = image.draw ?? disc
  const frames = film?.frames ?? 1
  const pixels = Buffer.alloc(side * side * frames)
  for (let at = 0; at < pixels.length; at++) {
    const row = Math.floor(at / side)
    pixels[at] = draw(at % side, row % side, Math.floor(row / side) + 1)
  }
  const meta = Buffer.concat([
    element(0x0002, 0x0001, 'OB', Buffer.of(0, 1)),
    element(0x0002, 0x0002, 'UI', sopClass),
    element(0x0002, 0x0003, 'UI', sopInstanceUid),
    element(0x0002, 0x0010, 'UI', '1.2.840.10008.1.2.1'),
    element(0x0002, 0x0012, 'UI', '2.25.1'),
  ])
  const dataSet = Buffer.concat([
    element(0x0008, 0x0005, 'CS', 'ISO_IR 192'),
    element(0x0008, 0x0016, 'UI', sopClass),
    element(0x0008, 0x0018, 'UI', sopInstanceUid),
    element(0x0008, 0x0020, 'DA', image.studyDate ?? '20261120'),
    element(0x0008, 0x0030, 'TM', '101500'),
    element(0x0008, 0x0060, 'CS', modality),
    ...(photograph || film ? [] : [element(0x0008, 0x0068, 'CS', 'FOR PRESENTATION')]),
    ...(photograph?.structure ? [codes(0x0008, 0x2228, [photograph.structure])] : []),
    ...(image.toothCodes ? [codes(0x0008, 0x2228, image.toothCodes)] : []),
    element(0x0010, 0x0010, 'PN', image.patientName),
    element(0x0010, 0x0020, 'LO', image.patientId),
    element(0x0010, 0x0030, 'DA', image.birthDate ?? '19850307'),
    element(0x0010, 0x0040, 'CS', 'F'),
    ...(film ? [element(0x0018, 0x1063, 'DS', String(film.frameTimeMs))] : []),
    ...(image.imagerPixelSpacing ? [element(0x0018, 0x1164, 'DS', image.imagerPixelSpacing)] : []),
    element(0x0020, 0x000d, 'UI', studyInstanceUid),
    element(0x0020, 0x000e, 'UI', seriesInstanceUid),
    element(0x0020, 0x0011, 'IS', '1'),
    element(0x0020, 0x0013, 'IS', String(number)),
    element(0x0028, 0x0002, 'US', short(1)),
    element(0x0028, 0x0004, 'CS', 'MONOCHROME2'),
    ...(film ? [element(0x0028, 0x0008, 'IS', String(frames))] : []),
    element(0x0028, 0x0010, 'US', short(side)),
    element(0x0028, 0x0011, 'US', short(side)),
    element(0x0028, 0x0100, 'US', short(8)),
    element(0x0028, 0x0101, 'US', short(8)),
    element(0x0028, 0x0102, 'US', short(7)),
    element(0x0028, 0x0103, 'US', short(0)),
    ...(image.window
      ? [
          element(0x0028, 0x1050, 'DS', String(image.window.center)),
          element(0x0028, 0x1051, 'DS', String(image.window.width)),
        ]
      : []),
    ...(photograph?.view ? [codes(0x0054, 0x0220, [photograph.view])] : []),
    element(0x7fe0, 0x0010, 'OB', pixels),
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(meta.length)
  const buffer = Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(0x0002, 0x0000, 'UL', length),
    meta,
    dataSet,
  ])
  return { name: `IM${String(number).padStart(4, '0')}`, buffer, studyInstanceUid }
}

/** Stores files by STOW-RS, as another workstation would. */
export async function store(url: string, token: string, files: readonly DicomFile[]): Promise<void> {
  const boundary = `test-${randomBytes(8).toString('hex')}`
  const parts = files.flatMap(({ buffer }) => [
    Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
    buffer,
    Buffer.from('\r\n'),
  ])
  const response = await fetch(`${url}/dicom-web/studies`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      Accept: 'application/dicom+json',
      'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
    },
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
  })
  if (response.status !== 200) throw new Error(`STOW answered ${response.status}`)
}

/** A code sequence: an item for each SNOMED CT code. */
function codes(group: number, number: number, values: readonly string[]): Buffer {
  const items = values.map((code) => {
    const content = Buffer.concat([
      element(0x0008, 0x0100, 'SH', code),
      element(0x0008, 0x0102, 'SH', 'SCT'),
      element(0x0008, 0x0104, 'LO', 'coded'),
    ])
    const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0])
    head.writeUInt32LE(content.length, 4)
    return Buffer.concat([head, content])
  })
  return element(group, number, 'SQ', Buffer.concat(items))
}

function element(group: number, number: number, vr: string, value: string | Buffer): Buffer {
  const raw = Buffer.from(value)
  const padding =
    raw.length % 2 === 0 ? Buffer.alloc(0) : Buffer.from(vr === 'UI' || vr === 'OB' ? '\0' : ' ')
  const long = vr === 'OB' || vr === 'SQ'
  const head = Buffer.alloc(long ? 12 : 8)
  head.writeUInt16LE(group, 0)
  head.writeUInt16LE(number, 2)
  head.write(vr, 4, 'ascii')
  if (long) head.writeUInt32LE(raw.length + padding.length, 8)
  else head.writeUInt16LE(raw.length + padding.length, 6)
  return Buffer.concat([head, raw, padding])
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
