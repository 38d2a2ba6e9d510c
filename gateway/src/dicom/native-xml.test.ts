import { readFile } from 'node:fs/promises'
import { dcmtk } from '@bitewing/testbed'
import { corpusPath } from '@bitewing/testbed/corpus'
import { expect, test } from 'vitest'
import { bufferSource } from './byte-source.ts'
import { toDicomJson } from './dicom-json.ts'
import { fromNativeXml } from './from-native-xml.ts'
import { parseDataSet } from './parse-instance.ts'
import { corpusFiles, inTurns, isRepetition } from './testing.ts'
import { toNativeXml, type JsonAttributes } from './to-native-xml.ts'

const files = corpusFiles().filter(
  (path) => /\.(dcm|seg)$/.test(path) && !isRepetition(path) && !/^(malformed|large)\//.test(path),
)

async function jsonOf(path: string): Promise<JsonAttributes> {
  const { json } = toDicomJson(await parseDataSet(bufferSource(await readFile(corpusPath(path)))))
  return JSON.parse(json) as JsonAttributes
}

/** What XML does not tell apart: numbers from text, an item that is null from an empty one. */
function comparable(attributes: JsonAttributes): unknown {
  return Object.fromEntries(
    Object.keys(attributes)
      .sort()
      .map((tag) => {
        const { vr, Value, ...more } = attributes[tag] ?? { vr: '' }
        const values = Value?.map((value) => {
          if (value === null) return null
          if (vr === 'SQ') return comparable(value as JsonAttributes)
          return typeof value === 'number' ? String(value) : value
        })
        return [tag, { vr, ...(values ? { Value: values } : {}), ...more }]
      }),
  )
}

// PS3.19 Annex A.1
test('the corpus as XML says what it says as JSON, file by file', async () => {
  for (const path of files) {
    const json = await jsonOf(path)
    const back = fromNativeXml(toNativeXml(json))
    expect(comparable(back), path).toEqual(comparable(json))
  }
})

test("tags, VRs and creators are those of DCMTK's native model", async () => {
  const different: string[] = []
  const chosen = files
    .filter((path) => /^(documents\/sr|pixel-format|dental\/wrapped)\//.test(path))
    .slice(0, 25)
  expect(chosen.length).toBeGreaterThan(10)
  await inTurns(chosen, async (path) => {
    const { code, stdout } = await dcmtk('dcm2xml', ['-nat', '+Ca', 'latin-1', corpusPath(path)])
    if (code !== 0) return
    const ours = startTags(toNativeXml(await jsonOf(path)))
    const theirs = startTags(stdout)
    const missing = theirs.filter((tag) => !ours.includes(tag))
    if (missing.length > 0) different.push(`${path}: ${missing.slice(0, 3).join(' ')}`)
  })
  expect(different).toEqual([])
})

/** Attributes of DicomAttribute; keywords of retired attributes, group lengths and VRs of the reader's choice left out. */
function startTags(xml: string): string[] {
  return [...xml.matchAll(/<DicomAttribute ([^>]*)>/g)]
    .map(([, names = '']) =>
      names
        .replace(/\/$/, '')
        .replace(/ keyword="\w*"/, '')
        .trim(),
    )
    .filter((names) => !/tag="0002|tag="....0000"|vr="UN"|tag="7FE00010"|tag="00080005"/.test(names))
}

test('markup, control characters and lone surrogates in values do no harm', () => {
  const nasty = '<a>&"\'\u0000\u001b\r\n]]>\ud800'
  const xml = toNativeXml({
    '00104000': { vr: 'LT', Value: [nasty] },
    '60003000': { vr: 'OW' },
    '00080005': { vr: 'CS' },
  })
  expect(fromNativeXml(xml)['00104000']?.Value).toEqual([`<a>&"'\ufffd\ufffd\r\n]]>\ufffd`])
  expect([...xml.matchAll(/tag="(\w+)"/g)].map(([, tag]) => tag)).toEqual([
    '00080005',
    '00104000',
    '60003000',
  ])
})

test('private elements keep their creators, and get a block where nobody reserved one', () => {
  const xml = toNativeXml({
    '00290010': { vr: 'LO', Value: ['A'] },
    '00290011': { vr: 'LO', Value: ['B'] },
    '00291001': { vr: 'LO', Value: ['a'] },
    '00291101': { vr: 'LO', Value: ['b'] },
  })
  expect(xml).toContain('tag="00290001" vr="LO" privateCreator="B"')
  const creatorless = xml.replace(/<DicomAttribute tag="0029001.".*\n/g, '')
  expect(fromNativeXml(creatorless)).toMatchObject({
    '00290010': { Value: ['A'] },
    '00290011': { Value: ['B'] },
    '00291001': { Value: ['a'] },
    '00291101': { Value: ['b'] },
  })
})

test.each([
  ['nothing', ''],
  ['no model', '<a/>'],
  ['cut off', '<NativeDicomModel><DicomAttribute tag="00100010" vr="PN">'],
  ['no tag', '<NativeDicomModel><DicomAttribute tag="x" vr="PN"/></NativeDicomModel>'],
  ['no VR', '<NativeDicomModel><DicomAttribute tag="00100010"/></NativeDicomModel>'],
  ['a value outside', '<NativeDicomModel><Value number="1">x</Value></NativeDicomModel>'],
  [
    'a value far out',
    '<NativeDicomModel><DicomAttribute tag="00100010" vr="LO"><Value number="99999999">x</Value></DicomAttribute></NativeDicomModel>',
  ],
  [
    'an entity',
    '<!DOCTYPE a [<!ENTITY e "x">]><NativeDicomModel><DicomAttribute tag="00100010" vr="LO"><Value number="1">&e;</Value></DicomAttribute></NativeDicomModel>',
  ],
  ['deep', `<NativeDicomModel>${'<DicomAttribute tag="0040A730" vr="SQ"><Item number="1">'.repeat(10_000)}`],
  ['deep in elements of no meaning', `<NativeDicomModel>${'<a>'.repeat(10_000)}`],
  [
    'little text of very many values',
    `<NativeDicomModel><DicomAttribute tag="00100010" vr="LO">${Array.from(
      { length: 100 },
      (_, index) => `<Value number="${(index + 1) * 10_000}">x</Value>`,
    ).join('')}</DicomAttribute></NativeDicomModel>`,
  ],
])('XML that is no data set is refused: %s', (_, xml) => {
  expect(() => fromNativeXml(xml)).toThrow(expect.objectContaining({ name: 'DicomError' }) as Error)
})
