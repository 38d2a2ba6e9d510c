import { copyFile, mkdtemp, rm, chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { corpusPath, dcmtk } from '@bitewing/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bufferSource, fileSource } from './byte-source.ts'
import { toDicomJson } from './dicom-json.ts'
import { parseDataSet } from './parse-instance.ts'
import { readBulkData } from './read-bulk-data.ts'
import { resolveBulkDataUris } from './resolve-bulk-data-uris.ts'
import {
  collect,
  corpusFiles,
  element,
  encapsulated,
  instance,
  inTurns,
  isRepetition,
  item,
  part10,
} from './testing.ts'

type Attribute = { vr: string; Value?: unknown[]; InlineBinary?: string; BulkDataURI?: string }
type Json = Record<string, Attribute>

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bitewing-dicom-json-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function jsonOf(file: Buffer): Promise<Json> {
  const { json } = toDicomJson(await parseDataSet(bufferSource(file)))
  return JSON.parse(json) as Json // what the test is about
}

describe('beside dcm2json', () => {
  /**
   * Where we differ on purpose from DCMTK 3.6.7, by a pattern over `file path-of-attribute`.
   *
   * - text whose declared character set is wrong is repaired, and character sets of items are honoured
   * - a NUL ends a value
   * - known tags sent as UN are read by the dictionary
   * - group 0002 does not leave
   * - spaces inside a UID that is none stay
   */
  const knownDifferences = [
    /^charset\/chrSQEncoding\.dcm 00321064\/1\//,
    /^charset\/generated\/qc_declared_latin1_bytes_utf8\.dcm /,
    /^charset\/generated\/qc_declared_utf8_bytes_latin1\.dcm /,
    /^malformed\/fuzz\/00_CT_small_05_len\.dcm (?:00080018|00181160)/, // bytes that are no text; NUL
    /^malformed\/fuzz\/01_MR_small_RLE_06_len\.dcm (?:00080001|0020000E)/, // UN; NUL
    /^malformed\/fuzz\/03_SC_rgb_small_odd_jpeg_06_len\.dcm 00204000/, // bytes that are no text
    /^malformed\/fuzz\/04_reportsi_05_len\.dcm /, // NUL
    /^malformed\/generated\/group2_in_dataset\.dcm 00020010/,
    /^malformed\/generated\/sop_uid_quote_semicolon\.dcm 00080018/,
    /^malformed\/third-party\/bad_sequence\.dcm 00189352/, // UN
    /^transfer-syntax\/rle\/rtdose_rle\.dcm /, // nearly all UN
  ]

  /** What dcm2json cannot read: character sets unknown to its library. */
  const unreadable = [
    'charset/chrH31.dcm',
    'charset/chrJapMulti.dcm',
    'charset/generated/qc_bad_term_latin1.dcm',
    'charset/generated/qc_iso2022_ir100.dcm',
    'charset/generated/qc_missing_charset_latin1_bytes.dcm',
    'malformed/fuzz/05_chrH31_02_flip1.dcm',
    'malformed/fuzz/05_chrH31_03_flip8.dcm',
    'malformed/fuzz/05_chrH31_05_len.dcm',
    'malformed/fuzz/05_chrH31_06_len.dcm',
    'malformed/third-party/explicit_VR-UN.dcm',
    'malformed/third-party/no_preamble_dicm_in_data',
  ]

  function compare(ours: Json, theirs: Json, path: string, differences: string[]): void {
    for (const tag of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      const [a, b] = [ours[tag], theirs[tag]]
      if (!a || !b || a.vr !== b.vr) differences.push(path + tag)
      else if (a.BulkDataURI !== undefined) {
        if (a.BulkDataURI !== path + tag) differences.push(path + tag)
      } else if (a.vr === 'SQ') {
        const [items, others] = [(a.Value ?? []) as Json[], (b.Value ?? []) as Json[]] // SQ holds items
        if (items.length !== others.length) differences.push(path + tag)
        items.forEach((each, index) =>
          compare(each, others[index] ?? {}, `${path}${tag}/${index + 1}/`, differences),
        )
      } else if (!sameValue(a, b)) differences.push(path + tag)
    }
  }

  /** Numbers count as numbers: DCMTK writes DS of more than 16 characters as text, and FL with nine digits. */
  function sameValue(a: Attribute, b: Attribute): boolean {
    if (!['DS', 'FL', 'FD'].includes(a.vr)) return JSON.stringify(a) === JSON.stringify(b)
    const [values, others] = [a.Value ?? [], b.Value ?? []]
    return (
      values.length === others.length &&
      values.every((value, index) => {
        const [x, y] = [Number(value), Number(others[index])]
        return x === y || String(value) === String(others[index]) || Math.abs(x - y) <= 1e-6 * Math.abs(x)
      })
    )
  }

  async function byDcmtk(path: string, isEncapsulated: boolean): Promise<Json | null> {
    let file = corpusPath(path)
    if (isEncapsulated) {
      // dcm2json refuses fragments, so it gets a copy without them.
      file = join(folder, path.replaceAll('/', '_'))
      await copyFile(corpusPath(path), file)
      await chmod(file, 0o600)
      await dcmtk('dcmodify', ['-q', '-nb', '-e', '(7fe0,0010)', file])
    }
    const { code, stdout } = await dcmtk('dcm2json', ['-q', '-fc', '-ee', file])
    return code === 0 ? (JSON.parse(stdout) as Json) : null // PS3.18 Annex F
  }

  test('every attribute of every corpus file is the same, but for the differences named', async () => {
    const differences: string[] = []
    const skipped: string[] = []
    let compared = 0
    const files = corpusFiles().filter((each) => !isRepetition(each))
    await inTurns(files, async (path) => {
      await using source = await fileSource(corpusPath(path))
      const parsed = await parseDataSet(source).catch(() => null)
      if (!parsed) return
      const isEncapsulated = parsed.pixelData?.fragments != null
      const theirs = await byDcmtk(path, isEncapsulated)
      if (!theirs) {
        skipped.push(path)
        return
      }
      const ours = JSON.parse(toDicomJson(parsed).json) as Json // what the test is about
      if (isEncapsulated) for (const tag of ['7FE00010', 'FFFCFFFC']) delete ours[tag] // lost to dcmodify
      const found: string[] = []
      compare(ours, theirs, '', found)
      differences.push(...found.map((each) => `${path} ${each}`))
      compared += 1
    })
    expect(differences.filter((each) => !knownDifferences.some((known) => known.test(each)))).toEqual([])
    expect(skipped.sort()).toEqual(unreadable)
    expect(compared).toBeGreaterThan(200)
  }, 120_000)
})

describe('PS3.18 Annex F', () => {
  // F.2.2: objects of JavaScript list keys like 60003000 first, so text is compared, not objects.
  test('tags ascend as text, also those that look like array indices', async () => {
    const file = instance(
      [],
      [element('60000010', 'US', Uint8Array.of(1, 0)), element('7FE00010', 'OB', 'ab')],
    )
    const { json } = toDicomJson(await parseDataSet(bufferSource(file)))
    const tags = [...json.matchAll(/"([0-9A-F]{8})":/g)].map(([, tag]) => tag)
    expect(tags).toEqual(['00080016', '00080018', '0020000D', '0020000E', '60000010', '7FE00010'])
  })

  test('group 0002 and group lengths are left out', async () => {
    const json = await jsonOf(
      instance([element('00080000', 'UL', Buffer.alloc(4)), element('00091010', 'LO', 'x')]),
    )
    expect(Object.keys(json).filter((tag) => tag.startsWith('0002') || tag.endsWith('0000'))).toEqual([])
    expect(json['00091010']).toEqual({ vr: 'LO', Value: ['x'] })
  })

  test('empty values are null, empty items {}, empty attributes have no Value', async () => {
    const json = await jsonOf(
      instance([
        element('00080008', 'CS', 'ORIGINAL\\\\AXIAL'),
        element('00080050', 'SH', ''),
        element('00081140', 'SQ', Buffer.concat([item(), item(element('00081150', 'UI', '1.2'))])),
        element('00082112', 'SQ', ''),
      ]),
    )
    expect(json['00080008']).toEqual({ vr: 'CS', Value: ['ORIGINAL', null, 'AXIAL'] })
    expect(json['00080050']).toEqual({ vr: 'SH' })
    expect(json['00081140']).toEqual({ vr: 'SQ', Value: [{}, { '00081150': { vr: 'UI', Value: ['1.2'] } }] })
    expect(json['00082112']).toEqual({ vr: 'SQ' })
  })

  test('DS and IS are numbers where they fit, text where not', async () => {
    const json = await jsonOf(
      instance([
        element('00281050', 'DS', '+1.50 \\-0.5e2\\.25\\NaN\\1e999\\abc\\0x10\\ \\1,5'),
        element('00200013', 'IS', ' 007\\-3\\2147483647\\99999999999999\\1.5'),
      ]),
    )
    expect(json['00281050']?.Value).toEqual([1.5, -50, 0.25, 'NaN', '1e999', 'abc', '0x10', null, '1,5'])
    expect(json['00200013']?.Value).toEqual([7, -3, 2147483647, '99999999999999', '1.5'])
  })

  test('64-bit integers beyond what a number carries are text', async () => {
    const large = Buffer.alloc(16)
    large.writeBigUInt64LE(2n ** 63n, 0)
    large.writeBigUInt64LE(7n, 8)
    const json = await jsonOf(instance([element('00091010', 'UV', large)]))
    expect(json['00091010']?.Value).toEqual(['9223372036854775808', 7])
  })

  test('AT is text of eight digits', async () => {
    const json = await jsonOf(instance([element('00280009', 'AT', Uint8Array.of(0x18, 0, 0x63, 0x10))]))
    expect(json['00280009']).toEqual({ vr: 'AT', Value: ['00181063'] })
  })

  test('person names have component groups, without empty ones', async () => {
    const json = await jsonOf(
      instance([
        element('00080005', 'CS', 'ISO_IR 192'),
        element('00100010', 'PN', Buffer.from('Yamada^Tarou^^^ =山田^太郎==\\=^^\\Côté^', 'utf8')),
      ]),
    )
    expect(json['00100010']?.Value).toEqual([
      { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎' },
      null,
      { Alphabetic: 'Côté' },
    ])
  })

  test('Specific Character Set reads ISO_IR 192, and appears where text beyond ASCII was undeclared', async () => {
    const declared = await jsonOf(
      instance([element('00080005', 'CS', 'ISO_IR 100'), element('00100020', 'LO', 'x')]),
    )
    expect(declared['00080005']).toEqual({ vr: 'CS', Value: ['ISO_IR 192'] })
    const undeclared = await jsonOf(instance([element('00104000', 'LT', 'Prothèse')]))
    expect(undeclared['00080005']).toEqual({ vr: 'CS', Value: ['ISO_IR 192'] })
    expect(undeclared['00104000']?.Value).toEqual(['Prothèse'])
    expect(await jsonOf(instance())).not.toHaveProperty('00080005')
  })

  test('short binary values are inline, pixel data never', async () => {
    const json = await jsonOf(
      instance([], [element('00282000', 'OB', 'icc!'), element('7FE00010', 'OW', Uint8Array.of(1, 0))]),
    )
    expect(json['00282000']).toEqual({ vr: 'OB', InlineBinary: Buffer.from('icc!').toString('base64') })
    expect(json['7FE00010']).toEqual({ vr: 'OW', BulkDataURI: '7FE00010' })
  })

  test('inline binary of a big-endian file is little endian', async () => {
    const palette = corpusPath('pixel-format/examples_palette.dcm')
    const bigEndian = join(folder, 'big-endian.dcm')
    await dcmtk('dcmconv', ['-q', '+tb', palette, bigEndian])
    const lookupTable = async (path: string) => {
      await using source = await fileSource(path)
      const parsed = await parseDataSet(source, { inlineBytesMax: 100_000 })
      return (JSON.parse(toDicomJson(parsed).json) as Json)['00281201'] // PS3.18 Annex F
    }
    expect(await lookupTable(bigEndian)).toMatchObject({
      vr: 'OW',
      InlineBinary: expect.stringMatching(/./) as string,
    })
    expect(await lookupTable(bigEndian)).toEqual(await lookupTable(palette))
  })
})

describe('bulk data', () => {
  const nested = part10([
    ...[element('00080018', 'UI', '2.25.1')],
    element(
      '00880200',
      'SQ',
      Buffer.concat([
        item(element('7FE00010', 'OB', 'first')),
        item(encapsulated([Buffer.from('second'), Buffer.from('third!')])),
      ]),
    ),
    element('00091010', 'OB', Buffer.alloc(3000, 'z')),
  ])

  test('each has the path of its tags and item numbers, and the index finds its bytes', async () => {
    const source = bufferSource(nested)
    const { json, bulkData } = toDicomJson(await parseDataSet(source))
    const uris = [...json.matchAll(/"BulkDataURI":"([^"]*)"/g)].map(([, uri]) => uri)
    expect(uris).toEqual(['00091010', '00880200/1/7FE00010', '00880200/2/7FE00010'])
    expect(Object.keys(bulkData.values).sort()).toEqual(uris)

    const read = async (path: string) => {
      const found = readBulkData(source, bulkData, path)
      return Promise.all(found?.parts.map(async ({ stream }) => (await collect(stream())).toString()) ?? [])
    }
    expect(await read('00880200/1/7FE00010')).toEqual(['first '])
    expect(await read('00880200/2/7FE00010')).toEqual(['second', 'third!'])
    expect(await read('00091010')).toEqual(['z'.repeat(3000)])
    expect(readBulkData(source, bulkData, 'toString')).toBeNull()
  })

  test('of a deflated file are found in the inflated bytes', async () => {
    await using source = await fileSource(corpusPath('transfer-syntax/deflated/image_dfl'))
    const { bulkData } = toDicomJson(await parseDataSet(source))
    const pixels = readBulkData(source, bulkData, '7FE00010')?.parts[0]
    expect(pixels?.bytes).toBe(512 * 512)
    expect(await collect(pixels?.stream() ?? (async function* () {})())).toHaveLength(512 * 512)
  })

  test('references become absolute, and no value can forge one', async () => {
    const trap = '"BulkDataURI":"'
    const file = instance([element('00104000', 'LT', trap)], [element('7FE00010', 'OB', 'ab')])
    const { json } = toDicomJson(await parseDataSet(bufferSource(file)))
    const resolved = JSON.parse(resolveBulkDataUris(json, 'https://x.test/$&/bulkdata/')) as Json // made above
    expect(resolved['00104000']?.Value).toEqual([trap])
    expect(resolved['7FE00010']?.BulkDataURI).toBe('https://x.test/$&/bulkdata/7FE00010')
  })
})
