type Element = readonly [tag: number, vr: string, value: string | number | Uint8Array]

/** What differs between the images of the benchmark. */
export type PlainImage = {
  studyInstanceUid: string
  seriesInstanceUid: string
  sopInstanceUid: string
  patientName: string
  patientId: string
  studyDate: string
  modality: 'CT' | 'IO'
  instanceNumber: number
  columns: number
  rows: number
  /** 16 bits each, `rows * columns` of them; absent for an instance without pixels. */
  pixels?: Uint16Array
}

const explicitLittleEndian = '1.2.840.10008.1.2.1'
const sopClasses = { CT: '1.2.840.10008.5.1.4.1.1.2', IO: '1.2.840.10008.5.1.4.1.1.1.3' }

/** A DICOM file in Explicit VR Little Endian (PS3.10 §7, PS3.5 §7.1.2), with as much as a viewer asks for. */
export function writeDicom(image: PlainImage): Buffer {
  const { columns, rows, pixels } = image
  const meta = encode([
    [0x00020001, 'OB', Uint8Array.of(0, 1)],
    [0x00020002, 'UI', sopClasses[image.modality]],
    [0x00020003, 'UI', image.sopInstanceUid],
    [0x00020010, 'UI', explicitLittleEndian],
    [0x00020012, 'UI', '2.25.157204412823418437285061905134706275914'],
  ])
  const dataSet: Element[] = [
    [0x00080005, 'CS', 'ISO_IR 192'],
    [0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'],
    [0x00080016, 'UI', sopClasses[image.modality]],
    [0x00080018, 'UI', image.sopInstanceUid],
    [0x00080020, 'DA', image.studyDate],
    [0x00080030, 'TM', '101500'],
    [0x00080050, 'SH', ''],
    [0x00080060, 'CS', image.modality],
    [0x00080070, 'LO', 'Bitewing'],
    [0x00080090, 'PN', 'Bouchard^Hélène'],
    [0x00081030, 'LO', 'Benchmark'],
    [0x00100010, 'PN', image.patientName],
    [0x00100020, 'LO', image.patientId],
    [0x00100030, 'DA', '19800101'],
    [0x00100040, 'CS', 'O'],
    [0x00180050, 'DS', '0.4'],
    [0x0020000d, 'UI', image.studyInstanceUid],
    [0x0020000e, 'UI', image.seriesInstanceUid],
    [0x00200010, 'SH', '1'],
    [0x00200011, 'IS', '1'],
    [0x00200013, 'IS', String(image.instanceNumber)],
    [0x00200032, 'DS', `-102\\-102\\${(image.instanceNumber * 0.4).toFixed(1)}`],
    [0x00200037, 'DS', '1\\0\\0\\0\\1\\0'],
    [0x00200052, 'UI', `${image.studyInstanceUid}.1`],
  ]
  if (pixels) {
    dataSet.push(
      [0x00280002, 'US', 1],
      [0x00280004, 'CS', 'MONOCHROME2'],
      [0x00280010, 'US', rows],
      [0x00280011, 'US', columns],
      [0x00280030, 'DS', '0.4\\0.4'],
      [0x00280100, 'US', 16],
      [0x00280101, 'US', 12],
      [0x00280102, 'US', 11],
      [0x00280103, 'US', 0],
      [0x00281050, 'DS', '2048'],
      [0x00281051, 'DS', '4096'],
      [0x00281052, 'DS', '-1024'],
      [0x00281053, 'DS', '1'],
      [0x7fe00010, 'OW', new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength)],
    )
  }
  const length = Buffer.alloc(4)
  length.writeUInt32LE(meta.length)
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    encode([[0x00020000, 'UL', length]]),
    meta,
    encode(dataSet),
  ])
}

/** Rings and a little noise: neither flat nor incompressible. 12 bits. */
export function slicePixels(columns: number, rows: number, seed: number): Uint16Array {
  const pixels = new Uint16Array(columns * rows)
  let noise = seed * 2_654_435_761 + 1
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) >>> 0
      const ring = Math.sin(Math.hypot(x - columns / 2, y - rows / 2 + seed) / 9)
      pixels[y * columns + x] = 2048 + Math.round(ring * 1400) + (noise >>> 26)
    }
  }
  return pixels
}

function encode(elements: readonly Element[]): Buffer {
  return Buffer.concat(elements.map(([tag, vr, value]) => element(tag, vr, bytesOf(vr, value))))
}

function bytesOf(vr: string, value: string | number | Uint8Array): Uint8Array {
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(2)
    bytes.writeUInt16LE(value)
    return bytes
  }
  if (typeof value !== 'string') return value
  const bytes = Buffer.from(value)
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(vr === 'UI' ? '\0' : ' ')])
}

function element(tag: number, vr: string, value: Uint8Array): Buffer {
  const isLong = vr === 'OB' || vr === 'OW'
  const head = Buffer.alloc(isLong ? 12 : 8)
  head.writeUInt16LE(tag >>> 16, 0)
  head.writeUInt16LE(tag & 0xffff, 2)
  head.write(vr, 4, 'latin1')
  if (isLong) head.writeUInt32LE(value.length, 8)
  else head.writeUInt16LE(value.length, 6)
  return Buffer.concat([head, value])
}
