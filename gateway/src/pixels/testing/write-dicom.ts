import { writeFile } from 'node:fs/promises'

/** An element to write: numbers for US, SS, SL, FL, DS, IS; text; bytes for OB and OW; items for SQ. */
export type ElementToWrite = [
  tag: string,
  vr:
    | 'CS'
    | 'DA'
    | 'DS'
    | 'FL'
    | 'IS'
    | 'LO'
    | 'OB'
    | 'OW'
    | 'PN'
    | 'SL'
    | 'SQ'
    | 'SS'
    | 'ST'
    | 'TM'
    | 'UI'
    | 'US',
  value: number[] | string | Uint8Array | Uint16Array | ElementToWrite[][],
]

/** Writes a small Explicit VR Little Endian file (PS3.10 §7.1), elements sorted by tag. */
export async function writeDicom(
  path: string,
  elements: ElementToWrite[],
  { sopClass = '1.2.840.10008.5.1.4.1.1.7', sopInstance = '1.2.3.4' } = {},
): Promise<void> {
  const meta = encoded([
    ['00020001', 'OB', Uint8Array.of(0, 1)],
    ['00020002', 'UI', sopClass],
    ['00020003', 'UI', sopInstance],
    ['00020010', 'UI', '1.2.840.10008.1.2.1'],
    ['00020012', 'UI', '1.2.3.5'],
  ])
  const groupLength = Buffer.from('02000000554c040000000000', 'hex')
  groupLength.writeUInt32LE(meta.length, 8)
  const dataSet = encoded([
    ['00080016', 'UI', sopClass],
    ['00080018', 'UI', sopInstance],
    ['0020000D', 'UI', '1.2.3.6'],
    ['0020000E', 'UI', '1.2.3.7'],
    ...elements,
  ])
  await writeFile(path, Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), groupLength, meta, dataSet]))
}

function encoded(elements: ElementToWrite[]): Buffer {
  const sorted = [...elements].sort(([a], [b]) => (a < b ? -1 : 1))
  return Buffer.concat(sorted.map(encodedElement))
}

function encodedElement([tag, vr, value]: ElementToWrite): Buffer {
  const body = encodedValue(vr, value)
  const long = vr === 'OB' || vr === 'OW' || vr === 'SQ'
  const head = Buffer.alloc(long ? 12 : 8)
  head.writeUInt16LE(parseInt(tag.slice(0, 4), 16), 0)
  head.writeUInt16LE(parseInt(tag.slice(4), 16), 2)
  head.write(vr, 4, 'latin1')
  if (long) head.writeUInt32LE(body.length, 8)
  else head.writeUInt16LE(body.length, 6)
  return Buffer.concat([head, body])
}

function encodedValue(vr: ElementToWrite[1], value: ElementToWrite[2]): Buffer {
  if (value instanceof Uint16Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (value instanceof Uint8Array) return padded(Buffer.from(value), 0)
  if (typeof value === 'string') return padded(Buffer.from(value, 'latin1'), vr === 'UI' ? 0 : 0x20)
  if (vr === 'SQ') {
    const items = value.flatMap((item) => (Array.isArray(item) ? [encoded(item)] : []))
    return Buffer.concat(
      items.flatMap((item) => {
        const head = Buffer.from('feff00e000000000', 'hex')
        head.writeUInt32LE(item.length, 4)
        return [head, item]
      }),
    )
  }
  const numbers = value.filter((number) => typeof number === 'number')
  if (vr === 'US' || vr === 'SS') {
    const body = Buffer.alloc(numbers.length * 2)
    numbers.forEach((number, index) => body.writeUInt16LE(number & 0xffff, index * 2))
    return body
  }
  if (vr === 'SL' || vr === 'FL') {
    const body = Buffer.alloc(numbers.length * 4)
    numbers.forEach((number, index) =>
      vr === 'SL' ? body.writeInt32LE(number, index * 4) : body.writeFloatLE(number, index * 4),
    )
    return body
  }
  return padded(Buffer.from(numbers.join('\\')), 0x20)
}

function padded(body: Buffer, fill: number): Buffer {
  return body.length % 2 === 0 ? body : Buffer.concat([body, Buffer.of(fill)])
}
