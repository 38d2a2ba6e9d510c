import { readFileSync } from 'node:fs'
import { corpusPath } from '@bitewing/testbed/corpus'
import fc from 'fast-check'
import { bufferSource } from '../dicom/byte-source.ts'
import { dataSetDigest } from '../dicom/data-set-digest.ts'
import { DicomError } from '../dicom/dicom-error.ts'
import { toDicomJson } from '../dicom/dicom-json.ts'
import { frameIndex } from '../dicom/frame-index.ts'
import { fromDicomJson } from '../dicom/from-dicom-json.ts'
import { fromNativeXml } from '../dicom/from-native-xml.ts'
import { MultipartError } from '../dicom/multipart/multipart-error.ts'
import { parseMultipart } from '../dicom/multipart/parse-multipart.ts'
import { parseDataSet } from '../dicom/parse-instance.ts'
import { part10 } from '../dicom/testing.ts'
import { GatewayError } from '../errors.ts'
import { matchCondition } from '../qido/match-condition.ts'
import { parseSearchQuery } from '../qido/parse-search-query.ts'
import { searchAttributes } from '../qido/search-attributes.ts'
import { acceptables, mixesDicomAndRendered } from '../wado/accept.ts'
import { frameNumbers } from '../wado/retrieve-frames.ts'
import { target, type FuzzTarget } from './target.ts'
import { refusesWith } from './target.ts'

const seedFiles = [
  'transfer-syntax/explicit-le/MR_small.dcm',
  'transfer-syntax/rle/SC_rgb_rle.dcm',
  'documents/sr/reportsi.dcm',
  'pixel-format/seg_image_ct_binary.dcm',
  'transfer-syntax/deflated/report_dfl',
  'transfer-syntax/explicit-be/SC_rgb_small_odd_big_endian.dcm',
  'charset/chrH31.dcm',
]
const seeds = new Map<string, Buffer>()
function seedFile(path: string): Buffer {
  const held = seeds.get(path) ?? readFileSync(corpusPath(path))
  seeds.set(path, held)
  return held
}

const byte = fc.integer({ min: 0, max: 255 })
const change = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('set', 'insert', 'delete', 'cut', 'length', 'repeat'),
  bytes: fc.array(byte, { minLength: 1, maxLength: 12 }),
})
type Change = { at: number; kind: string; bytes: number[] }

/** Bytes of a file with one thing wrong; mostly in the header, since pixels are not looked at by the parser. */
export function changed(file: Buffer, { at, kind, bytes }: Change): Buffer {
  const position = at % Math.max(1, Math.min(file.length, 3000))
  const [before, behind] = [file.subarray(0, position), file.subarray(position)]
  const own = Buffer.from(bytes)
  switch (kind) {
    case 'cut':
      return Buffer.from(before)
    case 'insert':
      return Buffer.concat([before, own, behind])
    case 'delete':
      return Buffer.concat([before, behind.subarray(own.length)])
    case 'repeat':
      return Buffer.concat([
        before,
        ...Array.from({ length: own[0] ?? 1 }, () => behind.subarray(0, 64)),
        behind,
      ])
    case 'length':
      return overwritten(file, position, Buffer.of(0xff, 0xff, 0xff, (own[0] ?? 0) % 2 ? 0xff : 0x7f))
    default:
      return overwritten(file, position, own)
  }
}

function overwritten(file: Buffer, position: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([file.subarray(0, position), bytes, file.subarray(position + bytes.length)])
}

/** A file with several things wrong, to send or to parse. */
export const damagedFile = fc.record({
  seed: fc.constantFrom(...seedFiles),
  changes: fc.array(change, { minLength: 1, maxLength: 5 }),
})
export function damage({ seed, changes }: { seed: string; changes: readonly Change[] }): Buffer {
  return changes.reduce(changed, seedFile(seed))
}

/** Everything that is made of a data set before its pixels are decoded. */
async function readThrough(file: Buffer): Promise<void> {
  await refusesWith([DicomError], async () => {
    const source = bufferSource(file)
    const parsed = await parseDataSet(source)
    toDicomJson(parsed)
    await dataSetDigest(source, parsed)
    await frameIndex(source, parsed)
  })
}

const lengths = fc.oneof(
  fc.constantFrom(0, 1, 2, 8, 0xfffe, 0xffff, 0x7fffffff, 0xfffffffe, 0xffffffff),
  fc.nat({ max: 64 }),
)
const piece = fc.oneof(
  fc.record({
    tag: fc.oneof(
      fc.constantFrom(
        '00080005',
        '00080018',
        '00081140',
        '0020000D',
        '00280008',
        '7FE00010',
        'FFFEE000',
        'FFFEE00D',
        'FFFEE0DD',
        '00091010',
      ),
      fc.nat({ max: 0xffffffff }).map((tag) => tag.toString(16).padStart(8, '0')),
    ),
    vr: fc.constantFrom('UI', 'SQ', 'OB', 'OW', 'UN', 'PN', 'DS', 'IS', 'AT', 'FD', 'UC', 'zz', '\0\0'),
    length: lengths,
    value: fc.array(byte, { maxLength: 24 }),
  }),
  fc.record({
    repeat: fc.integer({ min: 1, max: 12_000 }),
    bytes: fc.array(byte, { minLength: 1, maxLength: 12 }),
  }),
)
type Piece =
  { tag: string; vr: string; length: number; value: number[] } | { repeat: number; bytes: number[] }

function bytesOf(part: Piece): Buffer {
  if ('repeat' in part)
    return Buffer.concat(Array.from({ length: part.repeat }, () => Buffer.from(part.bytes)))
  const head = Buffer.alloc(12)
  head.writeUInt16LE(Number.parseInt(part.tag.slice(0, 4), 16), 0)
  head.writeUInt16LE(Number.parseInt(part.tag.slice(4, 8), 16), 2)
  if (part.tag.startsWith('FFFE')) {
    head.writeUInt32LE(part.length, 4)
    return Buffer.concat([head.subarray(0, 8), Buffer.from(part.value)])
  }
  head.write(part.vr, 4, 'latin1')
  const long = ['SQ', 'OB', 'OW', 'UN', 'UC'].includes(part.vr)
  if (long) head.writeUInt32LE(part.length, 8)
  else head.writeUInt16LE(part.length & 0xffff, 6)
  return Buffer.concat([head.subarray(0, long ? 12 : 8), Buffer.from(part.value)])
}

const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    ...[
      '..',
      '../../etc/passwd',
      '%2e%2e%2f',
      '\r\nSet-Cookie: a=b',
      '\u0000',
      "' OR 1=1 --",
      '*',
      '?',
      '\\',
      '1.2.3',
    ],
    ...[
      '1'.repeat(70),
      '"'.repeat(300),
      '20260101-',
      '-',
      '00:00',
      'NaN',
      '1e999',
      '__proto__',
      'constructor',
    ],
    ...['🦷'.repeat(20), '\u202e', '%', '%_', 'x'.repeat(9000)],
  ),
)
const searchName = fc.oneof(
  fc.constantFrom(...Object.values(searchAttributes).map(({ keyword }) => keyword)),
  fc.constantFrom(
    'limit',
    'offset',
    'includefield',
    'fuzzymatching',
    'emptyvaluematching',
    'multiplevaluematching',
  ),
  fc.constantFrom('00100010', '0020000d', '00080061', '00400275.00400009', '7FE00010'),
  hostileText,
)
const mediaPiece = fc.constantFrom(
  ...[
    'multipart/related',
    'application/dicom',
    'application/dicom+json',
    'image/jpeg',
    '*/*',
    'multipart/*',
    ';',
    ',',
  ],
  ...[
    '"',
    '\\',
    '=',
    ' ',
    'type',
    'q=',
    '0.5',
    '1e9',
    '-1',
    'transfer-syntax',
    '*',
    '1.2.840.10008.1.2.1',
    '/',
    '\t',
  ],
)

const jsonAttribute = fc.record(
  {
    vr: fc.constantFrom(
      'PN',
      'SQ',
      'DS',
      'IS',
      'UI',
      'OB',
      'OW',
      'UN',
      'AT',
      'FD',
      'SV',
      'US',
      'LO',
      '',
      'zz',
      '__proto__',
    ),
    Value: fc.array(
      fc.oneof(
        hostileText,
        fc.double(),
        fc.constant(null),
        fc.constant({ toString: null }), // JSON may have that
        fc.record({ Alphabetic: hostileText, '00080018': fc.record({ vr: fc.constant('UI') }) }),
        fc.array(hostileText, { maxLength: 2 }),
      ),
      { maxLength: 4 },
    ),
    InlineBinary: hostileText,
    BulkDataURI: hostileText,
  },
  { requiredKeys: ['vr'] },
)
const xmlPiece = fc.oneof(
  fc.constantFrom(
    ...[
      '<NativeDicomModel>',
      '</NativeDicomModel>',
      '<DicomAttribute tag="00100010" vr="PN" keyword="PatientName">',
      '<DicomAttribute tag="00081140" vr="SQ">',
      '<DicomAttribute tag="7FE00010" vr="OB">',
      '</DicomAttribute>',
      '<Item number="1">',
      '</Item>',
      '<Value number="1">',
      '<Value number="4294967295">',
      '</Value>',
      '<PersonName number="1"><Alphabetic><FamilyName>',
      '<InlineBinary>',
      '<BulkData uri="../../etc/passwd"/>',
      '<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>',
      '&c;',
      '&#0;',
      '<![CDATA[',
      ']]>',
      '<?xml version="1.0" encoding="UTF-16"?>',
    ],
  ),
  hostileText,
)

/** Parsers by themselves: thousands of inputs a second. */
export const parserTargets: readonly FuzzTarget[] = [
  target('damaged files', damagedFile, (input) => readThrough(damage(input))),
  target(
    'made up data sets',
    fc.record({
      syntax: fc.constantFrom(
        '1.2.840.10008.1.2',
        '1.2.840.10008.1.2.1',
        '1.2.840.10008.1.2.2',
        '1.2.840.10008.1.2.4.50',
      ),
      pieces: fc.array(piece, { maxLength: 12 }),
    }),
    ({ syntax, pieces }) => readThrough(part10(pieces.map(bytesOf), syntax)),
  ),
  target(
    'multipart bodies',
    fc.record({
      pieces: fc.array(
        fc.oneof(
          fc.constantFrom(
            '\r\n--b\r\n',
            '--b',
            '--b--',
            '\r\n',
            '\r\n\r\n',
            'Content-Type: a/b\r\n',
            ': \r\n',
            '--',
            '\r',
            '\n',
          ),
          fc.string({ unit: 'binary', maxLength: 30 }),
          fc.integer({ min: 1, max: 40_000 }).map((length) => 'x'.repeat(length)),
        ),
        { maxLength: 30 },
      ),
      cut: fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 8 }),
    }),
    ({ pieces, cut }) =>
      refusesWith([MultipartError], async () => {
        const limits = { boundary: 'b', partsMax: 1000, partBytesMax: 1_000_000 }
        for await (const part of parseMultipart(
          inChunks(Buffer.from(pieces.join(''), 'latin1'), cut),
          limits,
        ))
          for await (const chunk of part.body) void chunk
      }),
  ),
  target(
    'Accept',
    fc.record({
      header: fc.option(
        fc.array(fc.oneof(mediaPiece, hostileText), { maxLength: 40 }).map((all) => all.join('')),
      ),
      parameter: fc.option(fc.array(mediaPiece, { maxLength: 12 }).map((all) => all.join(''))),
    }),
    ({ header, parameter }) =>
      refusesWith([GatewayError], () =>
        mixesDicomAndRendered(acceptables(header ?? undefined, parameter ?? undefined)),
      ),
  ),
  target(
    'searches',
    fc.record({
      level: fc.constantFrom('study' as const, 'series' as const, 'instance' as const),
      parameters: fc.array(fc.tuple(searchName, hostileText), { maxLength: 8 }),
    }),
    ({ level, parameters }) =>
      refusesWith([GatewayError], () => {
        const query = parseSearchQuery(new URLSearchParams(parameters), level, 5000)
        for (const match of query.matches) matchCondition(match, query)
      }),
  ),
  target(
    'metadata as JSON',
    fc.dictionary(
      fc.oneof(fc.constantFrom('00100010', '00080018', '7FE00010', '00091010'), hostileText),
      jsonAttribute,
      {
        maxKeys: 8,
      },
    ),
    (attributes) =>
      refusesWith([DicomError], () => {
        fromDicomJson(attributes, () => ({ offset: 0, length: 4 }))
      }),
  ),
  target(
    'metadata as XML',
    fc.record({ repeat: fc.integer({ min: 1, max: 300 }), pieces: fc.array(xmlPiece, { maxLength: 20 }) }),
    ({ repeat, pieces }) =>
      refusesWith([DicomError], () => {
        fromNativeXml(`<NativeDicomModel>${pieces.join('').repeat(repeat)}`)
        fromNativeXml(pieces.join(''))
      }),
  ),
  target(
    'lists of frames',
    fc.oneof(
      hostileText,
      fc.array(fc.constantFrom('1', ',', '0', '-', '9'.repeat(20), ' ')).map((all) => all.join('')),
    ),
    (list) => refusesWith([GatewayError], () => frameNumbers(list)),
  ),
]

async function* inChunks(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let position = 0
  for (let n = 0; position < bytes.length; n++) {
    const size = sizes[n % sizes.length] ?? 1
    yield bytes.subarray(position, position + size)
    position += size
  }
}
