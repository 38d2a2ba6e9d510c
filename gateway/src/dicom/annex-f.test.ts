import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { dcmtk, temporaryFolder } from '@bitewing/testbed'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { BulkDataIndex } from './bulk-data-index.ts'
import { bufferSource, fileSource, type ByteSource } from './byte-source.ts'
import { toDicomJson } from './dicom-json.ts'
import { dicomJsonText } from './dicom-json-text.ts'
import { fromDicomJson } from './from-dicom-json.ts'
import { fromNativeXml } from './from-native-xml.ts'
import { parseDataSet } from './parse-instance.ts'
import { readBulkData } from './read-bulk-data.ts'
import { collect, element, identifiers, item, parents, part10 } from './testing.ts'
import { toNativeXml, type JsonAttributes } from './to-native-xml.ts'

/*
 * PS3.18, 2024e, Annex F, sentence by sentence; what it says of several answers at once (F.2.1) and of media types
 * (F.2) is tested with the routes: `conformance/clauses.test.ts`. Where a row is marked, DCMTK's dcm2json has to say
 * the same; where it is not, 3.6.7 differs from the standard or leaves it open.
 */
type Row = {
  clause: string
  what: string
  /** in the order of their tags */
  elements: Buffer[]
  tag: string
  expected: object | undefined
  dcmtk?: boolean
}

const bytes = (write: (view: DataView) => void, length: number) => {
  const view = new DataView(new ArrayBuffer(length))
  write(view)
  return new Uint8Array(view.buffer)
}
const utf8 = element('00080005', 'CS', 'ISO_IR 192')
const latin1 = element('00080005', 'CS', 'ISO_IR 100')
const creator = element('00090010', 'LO', 'BITEWING TEST')
const text = (value: string) => Buffer.from(value, 'utf8')
const eight = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const base64 = Buffer.from(eight).toString('base64')

/** One value of each VR of Table F.2.3-1, and its JSON. */
const valueOfVr: [vr: string, value: string | Uint8Array, json: object][] = [
  ['AE', 'DEVICE', { Value: ['DEVICE'] }],
  ['AS', '032Y', { Value: ['032Y'] }],
  ['AT', Uint8Array.of(0xfe, 0x7f, 0x10, 0xab), { Value: ['7FFEAB10'] }],
  ['CS', 'ORIGINAL', { Value: ['ORIGINAL'] }],
  ['DA', '20250310', { Value: ['20250310'] }],
  ['DS', '1.5', { Value: [1.5] }],
  ['DT', '20250310120000.5+0100', { Value: ['20250310120000.5+0100'] }],
  ['FL', bytes((view) => view.setFloat32(0, -0.5, true), 4), { Value: [-0.5] }],
  ['FD', bytes((view) => view.setFloat64(0, -2.5e10, true), 8), { Value: [-2.5e10] }],
  ['IS', '-12', { Value: [-12] }],
  ['LO', 'Long', { Value: ['Long'] }],
  ['LT', ' Long\r\ntext', { Value: [' Long\r\ntext'] }],
  ['OB', eight, { InlineBinary: base64 }],
  ['OD', eight, { InlineBinary: base64 }],
  ['OF', eight, { InlineBinary: base64 }],
  ['OL', eight, { InlineBinary: base64 }],
  ['OV', eight, { InlineBinary: base64 }],
  ['OW', eight, { InlineBinary: base64 }],
  ['PN', 'Roy^Zoe', { Value: [{ Alphabetic: 'Roy^Zoe' }] }],
  ['SH', 'Short', { Value: ['Short'] }],
  ['SL', bytes((view) => view.setInt32(0, -(2 ** 31), true), 4), { Value: [-(2 ** 31)] }],
  ['SQ', item(element('00081150', 'UI', '1.2')), { Value: [{ '00081150': { vr: 'UI', Value: ['1.2'] } }] }],
  ['SS', bytes((view) => view.setInt16(0, -5, true), 2), { Value: [-5] }],
  ['ST', 'Short text', { Value: ['Short text'] }],
  ['SV', bytes((view) => view.setBigInt64(0, -7n, true), 8), { Value: [-7] }],
  ['TM', '101530.25', { Value: ['101530.25'] }],
  ['UC', 'Unlimited', { Value: ['Unlimited'] }],
  ['UI', '1.2.840.10008.1.1', { Value: ['1.2.840.10008.1.1'] }],
  ['UL', bytes((view) => view.setUint32(0, 2 ** 32 - 1, true), 4), { Value: [2 ** 32 - 1] }],
  ['UN', eight, { InlineBinary: base64 }],
  ['UR', 'https://x.test/a?b=c', { Value: ['https://x.test/a?b=c'] }],
  ['US', bytes((view) => view.setUint16(0, 65535, true), 2), { Value: [65535] }],
  ['UT', 'Unlimited text', { Value: ['Unlimited text'] }],
  ['UV', bytes((view) => view.setBigUint64(0, 9n, true), 8), { Value: [9] }],
]

/** Those that a BulkDataURI may stand for; of the others no value is long enough for one. */
const mayBeBulk = new Set('DS FL FD IS LT OB OD OF OL OV OW SL SS ST SV UC UL UN US UT UV'.split(' '))

const rows: Row[] = [
  {
    clause: 'F.1',
    what: 'values come without the padding to even length',
    elements: [element('00080050', 'SH', 'ODD')],
    tag: '00080050',
    expected: { vr: 'SH', Value: ['ODD'] },
    dcmtk: true,
  },
  {
    clause: 'F.1',
    what: 'a UID comes without its NUL',
    elements: [element('00081155', 'UI', '1.2.3')],
    tag: '00081155',
    expected: { vr: 'UI', Value: ['1.2.3'] },
    dcmtk: true,
  },
  {
    clause: 'F.2',
    what: 'the repertoire is UTF-8, whatever the file has',
    elements: [latin1, element('00081030', 'LO', 'Prothèse')],
    tag: '00081030',
    expected: { vr: 'LO', Value: ['Prothèse'] },
    dcmtk: true,
  },
  {
    clause: 'F.2',
    what: 'and Specific Character Set says so',
    elements: [latin1, element('00081030', 'LO', 'Prothèse')],
    tag: '00080005',
    expected: { vr: 'CS', Value: ['ISO_IR 192'] },
    dcmtk: true,
  },
  {
    clause: 'F.2.2',
    what: 'no group lengths',
    elements: [element('00080000', 'UL', Buffer.alloc(4)), element('00080050', 'SH', 'A')],
    tag: '00080000',
    expected: undefined,
    dcmtk: true,
  },
  {
    clause: 'F.2.2',
    what: 'the name of an attribute is eight uppercase hexadecimal digits',
    elements: [element('0018992F', 'SQ')],
    tag: '0018992F',
    expected: { vr: 'SQ' },
    dcmtk: true,
  },
  {
    clause: 'F.2.2',
    what: 'each group of a person name that is not empty has its name',
    elements: [utf8, element('00100010', 'PN', text('Yamada^Tarou=山田^太郎=やまだ^たろう'))],
    tag: '00100010',
    expected: {
      vr: 'PN',
      Value: [{ Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' }],
    },
    dcmtk: true,
  },
  {
    clause: 'F.2.2',
    what: 'a group that is empty is left out, the first one too',
    elements: [utf8, element('00100010', 'PN', text('=山田^太郎='))],
    tag: '00100010',
    expected: { vr: 'PN', Value: [{ Ideographic: '山田^太郎' }] },
    dcmtk: true,
  },
  {
    clause: 'F.2.2',
    what: 'items of a sequence are objects, empty ones empty',
    elements: [element('00081140', 'SQ', Buffer.concat([item(), item(element('00081155', 'UI', '1.2'))]))],
    tag: '00081140',
    expected: { vr: 'SQ', Value: [{}, { '00081155': { vr: 'UI', Value: ['1.2'] } }] },
    dcmtk: true,
  },
  {
    clause: 'F.2.2 note 1',
    what: 'a private element keeps its group and element',
    elements: [creator, element('00091042', 'SH', 'kept')],
    tag: '00091042',
    expected: { vr: 'SH', Value: ['kept'] },
    dcmtk: true,
  },
  {
    clause: 'F.2.2 note 1',
    what: 'and so does its creator',
    elements: [creator, element('00091042', 'SH', 'kept')],
    tag: '00090010',
    expected: { vr: 'LO', Value: ['BITEWING TEST'] },
    dcmtk: true,
  },
  ...valueOfVr.map(([vr, value, json]): Row => ({
    clause: 'Table F.2.3-1',
    what: vr,
    elements: [creator, element('00091001', vr, value)],
    tag: '00091001',
    expected: { vr, ...json },
    dcmtk: !['SV', 'UV', 'DS', 'IS'].includes(vr), // 3.6.7 writes 64 bits as text, and DS as it stands
  })),
  {
    clause: 'F.2.3',
    what: 'an unknown VR is UN',
    elements: [creator, unknownVr()],
    tag: '00091001',
    expected: { vr: 'UN', InlineBinary: base64 },
  },
  {
    clause: 'F.2.3 note',
    what: 'text where a number would lose digits: DS',
    elements: [element('00281050', 'DS', '9007199254740993\\-1234567890123456\\0.1')],
    tag: '00281050',
    expected: { vr: 'DS', Value: ['9007199254740993', -1234567890123456, 0.1] },
  },
  {
    clause: 'F.2.3 note',
    what: 'text where a number would lose digits: UV, SV',
    elements: [
      creator,
      element(
        '00091001',
        'SV',
        bytes((view) => view.setBigInt64(0, -(2n ** 60n), true), 8),
      ),
    ],
    tag: '00091001',
    expected: { vr: 'SV', Value: ['-1152921504606846976'] },
  },
  {
    clause: 'F.2.3 note',
    what: 'text where it is no number: IS and DS of devices that do not keep to PS3.5',
    elements: [element('00200013', 'IS', '1.5\\x')],
    tag: '00200013',
    expected: { vr: 'IS', Value: ['1.5', 'x'] },
  },
  {
    clause: 'F.2.4',
    what: 'the values are the array, in their order',
    elements: [element('00080008', 'CS', 'bar\\foo')],
    tag: '00080008',
    expected: { vr: 'CS', Value: ['bar', 'foo'] },
    dcmtk: true,
  },
  {
    clause: 'F.2.4',
    what: 'one value is an array of one',
    elements: [element('00080008', 'CS', 'bar')],
    tag: '00080008',
    expected: { vr: 'CS', Value: ['bar'] },
    dcmtk: true,
  },
  {
    clause: 'F.2.4',
    what: '0x5C separates values also where it is a YEN SIGN: SH, LO, PN, UC',
    elements: [
      element('00080005', 'CS', 'ISO_IR 13'),
      element('00081048', 'PN', 'A^B\\C'),
      element('00081080', 'LO', 'one\\two'),
    ],
    tag: '00081080',
    expected: { vr: 'LO', Value: ['one', 'two'] },
  },
  {
    clause: 'F.2.4',
    what: 'and nothing in VRs of one value: LT, ST, UT, UR',
    elements: [element('00104000', 'LT', 'C:\\images\\left')],
    tag: '00104000',
    expected: { vr: 'LT', Value: ['C:\\images\\left'] },
    dcmtk: true,
  },
  ...valueOfVr.map(([vr]): Row => ({
    clause: 'F.2.5',
    what: `empty: ${vr}`,
    elements: [creator, element('00091001', vr)],
    tag: '00091001',
    expected: { vr },
    dcmtk: true,
  })),
  {
    clause: 'F.2.5',
    what: 'an empty value of several is null',
    elements: [element('00080008', 'CS', 'bar\\\\foo\\')],
    tag: '00080008',
    expected: { vr: 'CS', Value: ['bar', null, 'foo', null] },
    dcmtk: true,
  },
  {
    clause: 'F.2.5',
    what: 'an empty name of several is null, and an empty number',
    elements: [element('00081048', 'PN', 'Roy^A\\\\Roy^B')],
    tag: '00081048',
    expected: { vr: 'PN', Value: [{ Alphabetic: 'Roy^A' }, null, { Alphabetic: 'Roy^B' }] },
    dcmtk: true,
  },
  {
    clause: 'F.2.5',
    what: 'all values empty',
    elements: [element('00281050', 'DS', '\\')],
    tag: '00281050',
    expected: { vr: 'DS', Value: [null, null] },
  },
  {
    clause: 'F.2.7',
    what: 'one InlineBinary for all the values there are',
    elements: [creator, element('00091001', 'OW', Buffer.alloc(512, 7))],
    tag: '00091001',
    expected: { vr: 'OW', InlineBinary: Buffer.alloc(512, 7).toString('base64') },
    dcmtk: true,
  },
]

function unknownVr(): Buffer {
  const made = element('00091001', 'UN', eight)
  made.write('ZZ', 4, 'latin1')
  return made
}

async function textOf(file: Buffer): Promise<string> {
  return toDicomJson(await parseDataSet(bufferSource(file))).json
}
async function jsonOf(elements: readonly Buffer[]): Promise<JsonAttributes> {
  return JSON.parse(await textOf(part10([...elements]))) as JsonAttributes // what the test is about
}

test.each(rows)('$clause: $what', async ({ elements, tag, expected }) => {
  expect((await jsonOf(elements))[tag]).toEqual(expected)
})

test('where dcm2json is right, it says the same', async () => {
  const judged = rows.filter((row) => row.dcmtk === true)
  const folder = await temporaryFolder('annex-f')
  const differ: string[] = []
  // rows of one character set are items of one file: dcm2json takes no other for an item
  const isCharacterSet = (each: Buffer) => each.readUInt32LE(0) === 0x0005_0008
  const characterSetOf = ({ elements }: Row) => elements.find(isCharacterSet) ?? utf8
  for (const [name, some] of Map.groupBy(judged, (row) => characterSetOf(row).toString('latin1'))) {
    const path = join(folder.path, `${differ.length}.dcm`)
    const items = some.map(({ elements }) => item(...elements.filter((each) => !isCharacterSet(each))))
    const all = element('00081199', 'SQ', Buffer.concat(items))
    await writeFile(path, part10([Buffer.from(name, 'latin1'), ...identifiers, all, ...parents]))
    const { code, stdout, stderr } = await dcmtk('dcm2json', ['-q', '-fc', path])
    expect(code, stderr).toBe(0)
    const whole = JSON.parse(stdout) as JsonAttributes
    const theirs = whole['00081199']?.Value as JsonAttributes[] // the items
    for (const [index, { clause, what, tag, expected }] of some.entries()) {
      const said = (tag === '00080005' ? whole : theirs[index])?.[tag]
      if (!isDeepStrictEqual(said, expected)) differ.push(`${clause}: ${what}: ${JSON.stringify(said)}`)
    }
  }
  await folder.remove()
  expect(differ).toEqual([])
  expect(judged.length).toBeGreaterThan(70)
})

describe('F.2.2: tags ascend, also those that look like array indices', () => {
  const elements = [
    element('00080050', 'SH', 'A'),
    element('00081140', 'SQ', item(element('00081155', 'UI', '1.2'), element('20500020', 'CS', 'IDENTITY'))),
    element('20500020', 'CS', 'IDENTITY'),
    element('54000110', 'OB', 'ab'),
  ]
  const tags = (json: string) => [...json.matchAll(/"([0-9A-F]{8})":\{/g)].map(([, tag]) => tag)
  const ascending = ['00080050', '00081140', '00081155', '20500020', '20500020', '54000110']

  test('in what is made of a file', async () => {
    expect(tags(await textOf(part10(elements)))).toEqual(ascending)
  })

  test('in what was parsed and is written again', async () => {
    const json = await textOf(part10(elements))
    expect(tags(JSON.stringify(JSON.parse(json)))).not.toEqual(ascending)
    expect(dicomJsonText(JSON.parse(json) as Parameters<typeof dicomJsonText>[0])).toBe(json)
  })

  test('and what has no such tags is written the same way', async () => {
    const json = await textOf(part10(elements.slice(0, 1)))
    expect(dicomJsonText(JSON.parse(json) as Parameters<typeof dicomJsonText>[0])).toBe(json)
  })
})

// F.2.2: at most one of Value, BulkDataURI and InlineBinary; a BulkDataURI only for the VRs it is for.
test.each(valueOfVr.filter(([vr]) => !['SQ', 'UN'].includes(vr)))(
  'F.2.2: a very long %s is one of the three, and bulk only where that VR may be',
  async (vr, value) => {
    const unit = typeof value === 'string' ? Buffer.from(`${value}\\`, 'latin1') : value
    const isLong = /^(O.|S[VQ]|U[CNRTV])$/.test(vr)
    const long = Buffer.concat(
      Array.from({ length: Math.floor((isLong ? 80_000 : 65_500) / unit.length) }, () => unit),
    )
    const file = part10([creator, element('00091001', vr, long)])
    const parsed = await parseDataSet(bufferSource(file), { numbersBytesMax: 1024 })
    const attribute = (JSON.parse(toDicomJson(parsed).json) as JsonAttributes)['00091001']
    const { vr: named, ...others } = attribute ?? { vr: '' }
    expect(named).toBe(vr)
    expect(Object.keys(others)).toHaveLength(1)
    expect(['Value', 'InlineBinary', 'BulkDataURI']).toContain(Object.keys(others)[0])
    if (!mayBeBulk.has(vr)) expect(attribute?.BulkDataURI).toBeUndefined()
    if (/^O/.test(vr)) expect(attribute?.BulkDataURI).toBe('00091001')
  },
)

test('F.2.3: a number is the number that is stored: each float, zero with its sign', async () => {
  const values = [0.1, -0, 5e-324, 1.7976931348623157e308, 1 / 3, 123456789.125]
  const doubles = bytes((view) => values.forEach((value, at) => view.setFloat64(at * 8, value, true)), 48)
  const singles = bytes((view) => values.forEach((value, at) => view.setFloat32(at * 4, at / 3, true)), 24)
  const json = await jsonOf([creator, element('00091001', 'FD', doubles), element('00091002', 'FL', singles)])
  const [read, single] = [json['00091001']?.Value ?? [], json['00091002']?.Value ?? []]
  expect(read.every((value, at) => Object.is(value, values[at]))).toBe(true)
  expect(single).toEqual([...new Float32Array(values.map((_, at) => at / 3))])
})

// Table F.2.3-1 has numbers for FL and FD and no text, and JSON has no number for these; F.2.2 lets FL and FD be bulk data.
describe('F.2.3: NaN and the infinities', () => {
  const values = [1.5, NaN, Infinity, -Infinity]
  const doubles = bytes((view) => values.forEach((value, at) => view.setFloat64(at * 8, value, true)), 32)
  const singles = bytes((view) => values.forEach((value, at) => view.setFloat32(at * 4, value, true)), 16)

  test('are bulk data, to the bit, and the JSON holds no number that is none', async () => {
    const nested = item(creator, element('00091001', 'FD', doubles))
    const finite = bytes((view) => view.setFloat64(0, 0.5, true), 8)
    const file = part10([
      creator,
      element('00091001', 'FD', doubles),
      element('00091002', 'FL', singles),
      element('00091003', 'FD', finite),
      element('00091004', 'SQ', nested),
    ])
    const source = bufferSource(file)
    const { json, bulkData } = toDicomJson(await parseDataSet(source))
    const read = JSON.parse(json) as JsonAttributes
    expect(read['00091001']).toEqual({ vr: 'FD', BulkDataURI: '00091001' })
    expect(read['00091002']).toEqual({ vr: 'FL', BulkDataURI: '00091002' })
    expect(read['00091003']).toEqual({ vr: 'FD', Value: [0.5] })
    expect(read['00091004']?.Value).toMatchObject([
      { '00091001': { vr: 'FD', BulkDataURI: '00091004/1/00091001' } },
    ])
    expect(await bulkOf(source, bulkData, '00091001')).toEqual(Buffer.from(doubles))
    expect(await bulkOf(source, bulkData, '00091002')).toEqual(Buffer.from(singles))
    expect(await bulkOf(source, bulkData, '00091004/1/00091001')).toEqual(Buffer.from(doubles))
  })

  test('of a big-endian file leave little endian', async () => {
    const folder = await temporaryFolder('annex-f-big-endian')
    onTestFinished(() => folder.remove())
    const [little, big] = [join(folder.path, 'little.dcm'), join(folder.path, 'big.dcm')]
    await writeFile(little, part10([...identifiers, element('00186030', 'FD', doubles), ...parents]))
    await dcmtk('dcmconv', ['-q', '+tb', little, big])
    await using source = await fileSource(big)
    const { json, bulkData } = toDicomJson(await parseDataSet(source))
    expect(JSON.parse(json)).toMatchObject({ '00186030': { BulkDataURI: '00186030' } })
    expect(await bulkOf(source, bulkData, '00186030')).toEqual(Buffer.from(doubles))
  })

  test.each([
    ['JSON of others', ['NaN', 'Infinity', '-Infinity', '1.5'], [NaN, Infinity, -Infinity, 1.5]],
    ['XML Schema', ['NaN', 'INF', '-INF', ' 2e3 '], [NaN, Infinity, -Infinity, 2000]],
  ])('come in as %s has them', (_who, sent, stored) => {
    const { elements } = fromDicomJson({ '00186030': { vr: 'FD', Value: sent } }, () => null)
    const kept = elements.get('00186030')?.value ?? new Uint8Array()
    expect([...new Float64Array(kept.slice().buffer)]).toEqual(stored)
  })

  test.each(['', ' ', 'infinite', 'nano', '1,5', '--inf', null])('"%s" is no number', (value) => {
    expect(() => fromDicomJson({ '00186030': { vr: 'FD', Value: [value] } }, () => null)).toThrow(
      'a number that FD cannot hold',
    )
  })

  async function bulkOf(source: ByteSource, index: BulkDataIndex, path: string): Promise<Buffer> {
    const [part] = readBulkData(source, index, path)?.parts ?? []
    if (!part) throw new Error(`no bulk data ${path}`)
    return collect(part.stream())
  }
})

test('F.1: what comes as JSON is padded to even length on its way into a file', () => {
  const { elements } = fromDicomJson({ '00080050': { vr: 'SH', Value: ['ODD'] } }, () => null)
  expect(Buffer.from(elements.get('00080050')?.value ?? []).toString()).toMatch(/^ODD ?$/)
})

// Table F.3.1-1, line by line; the corpus goes both ways in native-xml.test.ts.
describe('Table F.3.1-1: XML', () => {
  const attribute = (inside: string, vr = 'LO', more = '') =>
    `<NativeDicomModel><DicomAttribute tag="00091001" vr="${vr}"${more}>${inside}</DicomAttribute></NativeDicomModel>`
  test.each([
    ['a value', attribute('<Value number="1">a</Value>'), { vr: 'LO', Value: ['a'] }],
    [
      'values by their number, whatever their order',
      attribute('<Value number="2">b</Value><Value number="1">a</Value>'),
      { vr: 'LO', Value: ['a', 'b'] },
    ],
    [
      'an empty value is null',
      attribute('<Value number="1">a</Value><Value number="2"/>'),
      { vr: 'LO', Value: ['a', null] },
    ],
    ['no value', attribute(''), { vr: 'LO' }],
    [
      'names',
      attribute(
        `<PersonName number="1"><Alphabetic><FamilyName>A</FamilyName><GivenName>B</GivenName><NameSuffix>E</NameSuffix></Alphabetic>
        <Ideographic><FamilyName>I</FamilyName></Ideographic><Phonetic><FamilyName>P</FamilyName></Phonetic></PersonName>
        <PersonName number="2"><Alphabetic><FamilyName>C</FamilyName></Alphabetic></PersonName>`,
        'PN',
      ),
      {
        vr: 'PN',
        Value: [{ Alphabetic: 'A^B^^^E', Ideographic: 'I', Phonetic: 'P' }, { Alphabetic: 'C' }],
      },
    ],
    [
      'items, empty ones too',
      attribute(
        '<Item number="1"><DicomAttribute tag="00081155" vr="UI"><Value number="1">1.2</Value></DicomAttribute></Item><Item number="2"/>',
        'SQ',
      ),
      { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: ['1.2'] } }, {}] },
    ],
    [
      'bulk data',
      attribute('<BulkData uri="https://x.test/bulk"/>', 'OB'),
      { vr: 'OB', BulkDataURI: 'https://x.test/bulk' },
    ],
    [
      'inline binary',
      attribute('<InlineBinary>AQI=</InlineBinary>', 'OB'),
      { vr: 'OB', InlineBinary: 'AQI=' },
    ],
  ])('%s', (_, xml, expected) => {
    const json = fromNativeXml(xml)['00091001']
    expect(json).toEqual(expected)
    expect(fromNativeXml(toNativeXml({ '00091001': expected }))['00091001']).toEqual(expected)
  })

  test('equal tags of two creators get blocks of their own, PS3.5 §7.8.1', () => {
    const json = fromNativeXml(
      `<NativeDicomModel>${['A', 'B']
        .map(
          (name) =>
            `<DicomAttribute tag="00090001" vr="LO" privateCreator="${name}"><Value number="1">of ${name}</Value></DicomAttribute>`,
        )
        .join('')}</NativeDicomModel>`,
    )
    expect(json).toEqual({
      '00090010': { vr: 'LO', Value: ['A'] },
      '00091001': { vr: 'LO', Value: ['of A'] },
      '00090011': { vr: 'LO', Value: ['B'] },
      '00091101': { vr: 'LO', Value: ['of B'] },
    })
  })
})
