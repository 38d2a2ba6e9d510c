// For the tests of this folder: the corpus, and files built in code.
import { readFileSync } from 'node:fs'
import { corpusPath } from '@bitewing/testbed/corpus'

/** Paths of all corpus files, as in its manifest. */
export function corpusFiles(): string[] {
  return readFileSync(corpusPath('MANIFEST.tsv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t')[0] ?? '')
    .filter((path) => path !== '')
}

/** The long series of alike slices, where one file tells as much as all. */
export function isRepetition(path: string): boolean {
  return (
    /^(?:media|series\/mr-t1-defaced|dental\/ct-head-series)\//.test(path) &&
    !/(?:0150|IM000000|IM001)/.test(path)
  )
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** One element in Explicit VR Little Endian, value padded to even length. */
export function element(tag: string, vr: string, value: string | Uint8Array = ''): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from(value)
  const padded = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.of(vr === 'UI' ? 0 : 0x20)])
  const isLong = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'].includes(vr)
  const header = Buffer.alloc(isLong ? 12 : 8)
  header.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0)
  header.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2)
  header.write(vr, 4, 'latin1')
  if (isLong) header.writeUInt32LE(padded.length, 8)
  else header.writeUInt16LE(padded.length, 6)
  return Buffer.concat([header, padded])
}

export function uint16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  values.forEach((value, index) => bytes.writeUInt16LE(value, index * 2))
  return bytes
}

export function item(...content: Uint8Array[]): Buffer {
  return delimiter(0xe000, Buffer.concat(content))
}

/** Encapsulated pixel data: a Basic Offset Table, fragments, a delimiter. */
export function encapsulated(fragments: Uint8Array[], basicOffsetTable: number[] = []): Buffer {
  const header = element('7FE00010', 'OB')
  header.writeUInt32LE(0xffffffff, 8)
  const table = Buffer.alloc(basicOffsetTable.length * 4)
  basicOffsetTable.forEach((offset, index) => table.writeUInt32LE(offset, index * 4))
  return Buffer.concat([
    header,
    item(table),
    ...fragments.map((each) => item(each)),
    delimiter(0xe0dd, Buffer.alloc(0)),
  ])
}

function delimiter(number: number, content: Uint8Array): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt16LE(0xfffe, 0)
  header.writeUInt16LE(number, 2)
  header.writeUInt32LE(content.byteLength, 4)
  return Buffer.concat([header, content])
}

export const identifiers = [
  element('00080016', 'UI', '1.2.840.10008.5.1.4.1.1.7'),
  element('00080018', 'UI', '2.25.1'),
]
export const parents = [element('0020000D', 'UI', '2.25.2'), element('0020000E', 'UI', '2.25.3')]

/** A Part 10 file around a data set that is already encoded. */
export function part10(dataSet: Uint8Array[], transferSyntaxUid = '1.2.840.10008.1.2.1'): Buffer {
  const meta = Buffer.concat([
    element('00020001', 'OB', Uint8Array.of(0, 1)),
    element('00020002', 'UI', '1.2.840.10008.5.1.4.1.1.7'),
    element('00020003', 'UI', '2.25.1'),
    element('00020010', 'UI', transferSyntaxUid),
  ])
  const groupLength = Buffer.alloc(4)
  groupLength.writeUInt32LE(meta.length)
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM', 'latin1'),
    element('00020000', 'UL', groupLength),
    meta,
    ...dataSet,
  ])
}

/** An instance in Explicit VR Little Endian; `content` stands between the SOP and the Study Instance UID. */
export function instance(content: Uint8Array[] = [], behind: Uint8Array[] = []): Buffer {
  return part10([...identifiers, ...content, ...parents, ...behind])
}

/** Works off a list three at a time: DCMTK's programs are short, and wait more than they work. */
export async function inTurns<T>(
  list: readonly T[],
  work: (each: T, index: number) => Promise<void>,
): Promise<void> {
  const entries = list.entries()
  const worker = async () => {
    for (const [index, each] of entries) await work(each, index)
  }
  await Promise.all([worker(), worker(), worker()])
}
