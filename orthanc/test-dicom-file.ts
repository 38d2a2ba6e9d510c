/** What a test says of a small DICOM file; everything else of it is fixed. */
export type TestInstance = {
  sopInstanceUid: string
  sopClassUid?: string
  patientId?: string
  /** (0008,0080), free for the test to recognise a file by. */
  institutionName?: string
  /** (0008,1010), likewise. */
  stationName?: string
  /** Sequences nested in each other. */
  depth?: number
  /** Size of Pixel Data in bytes. */
  pixelBytes?: number
}

const explicitLittleEndian = '1.2.840.10008.1.2.1'
const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7'
const longValues = new Set(['OB', 'OW', 'SQ', 'UN'])

/** A Part 10 file in Explicit VR Little Endian, of a study and series named after the SOP Instance UID. */
export function testDicomFile(instance: TestInstance): Buffer {
  const { sopInstanceUid, patientId = 'TEST', institutionName = '', stationName = '' } = instance
  const { depth = 0, pixelBytes = 64, sopClassUid = secondaryCapture } = instance
  const meta = Buffer.concat([
    element(0x0002, 0x0001, 'OB', Buffer.from([0, 1])),
    text(0x0002, 0x0002, 'UI', sopClassUid),
    text(0x0002, 0x0003, 'UI', sopInstanceUid),
    text(0x0002, 0x0010, 'UI', explicitLittleEndian),
    text(0x0002, 0x0012, 'UI', '2.25.1'),
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(meta.length)
  let nested = text(0x0008, 0x0104, 'LO', 'innermost')
  for (let level = 0; level < depth; level += 1) nested = sequence(0x0040, 0xa730, nested)
  const square = Math.floor(Math.sqrt(pixelBytes))
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(0x0002, 0x0000, 'UL', length),
    meta,
    text(0x0008, 0x0016, 'UI', sopClassUid),
    text(0x0008, 0x0018, 'UI', sopInstanceUid),
    text(0x0008, 0x0060, 'CS', 'OT'),
    text(0x0008, 0x0080, 'LO', institutionName),
    text(0x0008, 0x1010, 'SH', stationName),
    text(0x0010, 0x0010, 'PN', 'Test^Instance'),
    text(0x0010, 0x0020, 'LO', patientId),
    text(0x0020, 0x000d, 'UI', `${sopInstanceUid}.1`),
    text(0x0020, 0x000e, 'UI', `${sopInstanceUid}.2`),
    number(0x0028, 0x0002, 1),
    text(0x0028, 0x0004, 'CS', 'MONOCHROME2'),
    number(0x0028, 0x0010, square),
    number(0x0028, 0x0011, square),
    number(0x0028, 0x0100, 8),
    number(0x0028, 0x0101, 8),
    number(0x0028, 0x0102, 7),
    number(0x0028, 0x0103, 0),
    ...(depth === 0 ? [] : [nested]),
    element(0x7fe0, 0x0010, 'OB', Buffer.alloc(square * square, 0x55)),
  ])
}

function element(group: number, number_: number, vr: string, value: Buffer): Buffer {
  const padded =
    value.length % 2 === 0 ? value : Buffer.concat([value, Buffer.from(vr === 'UI' ? '\0' : ' ')])
  const long = longValues.has(vr)
  const header = Buffer.alloc(long ? 12 : 8)
  header.writeUInt16LE(group, 0)
  header.writeUInt16LE(number_, 2)
  header.write(vr, 4, 'latin1')
  if (long) header.writeUInt32LE(padded.length, 8)
  else header.writeUInt16LE(padded.length, 6)
  return Buffer.concat([header, padded])
}

function text(group: number, number_: number, vr: string, value: string): Buffer {
  return element(group, number_, vr, Buffer.from(value, 'latin1'))
}

function number(group: number, number_: number, value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return element(group, number_, 'US', bytes)
}

function sequence(group: number, number_: number, content: Buffer): Buffer {
  const item = Buffer.alloc(8)
  item.writeUInt16LE(0xfffe, 0)
  item.writeUInt16LE(0xe000, 2)
  item.writeUInt32LE(content.length, 4)
  return element(group, number_, 'SQ', Buffer.concat([item, content]))
}
