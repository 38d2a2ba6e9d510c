import { corpusPath, dcmtk, temporaryFolder } from '@bitewing/testbed'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { textOf } from './attribute.ts'
import { bufferSource, fileSource } from './byte-source.ts'
import { decodeText } from './character-set.ts'
import { parseDataSet } from './parse-instance.ts'
import { corpusFiles, element, instance, item } from './testing.ts'

async function patientName(path: string): Promise<string | null> {
  await using source = await fileSource(path)
  return textOf((await parseDataSet(source)).attributes, '00100010')
}

function decodeHex(hex: string, characterSet: string, delimiters = '\\^='): string {
  return decodeText(Buffer.from(hex.replaceAll(' ', ''), 'hex'), characterSet.split('\\'), delimiters)
}

describe('the corpus', () => {
  test.each([
    ['chrFren.dcm', 'Buc^Jérôme'],
    ['chrGreek.dcm', 'Διονυσιος'],
    ['chrH31.dcm', 'Yamada^Tarou=山田^太郎=やまだ^たろう'],
    ['chrHbrw.dcm', 'שרון^דבורה'],
    ['chrI2.dcm', 'Hong^Gildong=洪^吉洞=홍^길동'],
    ['chrJapMulti.dcm', 'やまだ^たろう'],
    ['chrX1.dcm', 'Wang^XiaoDong=王^小東='],
    ['generated/qc_bad_term_latin1.dcm', 'Dubé^Rémi'],
    ['generated/qc_declared_latin1_bytes_utf8.dcm', 'Hébert^François'],
    ['generated/qc_declared_utf8_bytes_latin1.dcm', 'Lévesque^Noël'],
    ['generated/qc_iso2022_ir100.dcm', 'Bélanger^Anaïs'],
    ['generated/qc_latin1_cote_genevieve.dcm', 'Côté^Geneviève'],
    ['generated/qc_missing_charset_latin1_bytes.dcm', 'Gagné^Hélène'],
    ['generated/qc_utf8_oe_ligature.dcm', 'Lœuillet-Trépanier^Zoé'],
  ])('%s names %s', async (file, name) => {
    expect(await patientName(corpusPath(`charset/${file}`))).toBe(name)
  })

  test("SCSX2's GB18030 name", async () => {
    expect(await patientName(corpusPath('charset/SCSX2'))).toBe('Wang^XiaoDong=王^小东=')
  })

  test('an item has its own character set', async () => {
    await using source = await fileSource(corpusPath('charset/chrSQEncoding.dcm'))
    const { attributes } = await parseDataSet(source)
    const [procedure] = attributes.elements.get('00321064')?.items ?? []
    expect(procedure && textOf(procedure, '00100010')).toBe('ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう')
  })

  test('text reads as DCMTK converts it, where declarations are right', async () => {
    const folder = await temporaryFolder('character-set')
    const copy = join(folder.path, 'utf8.dcm')
    const different: string[] = []
    let compared = 0
    for (const path of corpusFiles().filter(
      (each) => each.startsWith('charset/') && !/declared|SQEncoding/.test(each),
    )) {
      const { code } = await dcmtk('dcmconv', ['-q', '--convert-to-utf8', corpusPath(path), copy])
      if (code !== 0) continue // a character set that its library does not know
      compared += 1
      if ((await patientName(copy)) !== (await patientName(corpusPath(path)))) different.push(path)
    }
    await folder.remove()
    expect(compared).toBeGreaterThanOrEqual(10)
    expect(different).toEqual([])
  })
})

// Byte strings of PS3.5 Annexes H (Japanese), I (Korean), J (Chinese in Unicode and GB18030) and K (Chinese, ISO 2022).
describe('the examples of PS3.5', () => {
  test('H.3.1: JIS X 0208 in ideographic and phonetic groups', () => {
    expect(
      decodeHex(
        '59616d6164615e5461726f753d1b24423b3345441b28425e1b244242404f3a1b28423d1b24422464245e24401b28425e1b2442243f246d24261b2842',
        '\\ISO 2022 IR 87',
      ),
    ).toBe('Yamada^Tarou=山田^太郎=やまだ^たろう')
  })

  test('H.3.2: katakana of JIS X 0201 first', () => {
    expect(
      decodeHex(
        'd4cfc0de5ec0dbb33d1b24423b3345441b284a5e1b244242404f3a1b284a3d1b24422464245e24401b284a5e1b2442243f246d24261b284a',
        'ISO 2022 IR 13\\ISO 2022 IR 87',
      ),
    ).toBe('ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう')
  })

  test('I.2: Korean, designated anew after each delimiter', () => {
    expect(
      decodeHex(
        '486f6e675e47696c646f6e673d1b242943fbf35e1b242943d1ceD4d73d1b242943c8ab5e1b242943b1e6b5bf',
        '\\ISO 2022 IR 149',
      ),
    ).toBe('Hong^Gildong=洪^吉洞=홍^길동')
  })

  test('J.3: GB18030', () => {
    expect(decodeHex('57616e675e5869616f446f6e673dcdf55ed0a1b6ab3d', 'GB18030')).toBe(
      'Wang^XiaoDong=王^小东=',
    )
  })

  test('K.2: Chinese of GB 2312 in ISO 2022', () => {
    expect(
      decodeHex('5a68616e675e5869616f446f6e673d1b242941d5c55e1b242941d0a1b6ab3d', '\\ISO 2022 IR 58'),
    ).toBe('Zhang^XiaoDong=张^小东=')
  })
})

describe('single-byte repertoires', () => {
  test.each([
    ['ISO_IR 100', 'e9', 'é'],
    ['ISO_IR 101', 'b1', 'ą'],
    ['ISO_IR 109', 'e6', 'ĉ'],
    ['ISO_IR 110', 'e0', 'ā'],
    ['ISO_IR 126', 'e1', 'α'],
    ['ISO_IR 127', 'c8', 'ب'],
    ['ISO_IR 138', 'e0', 'א'],
    ['ISO_IR 144', 'd0', 'а'],
    ['ISO_IR 148', 'fe', 'ş'],
    ['ISO_IR 166', 'a1', 'ก'],
    ['ISO_IR 203', 'bd', 'œ'],
    ['ISO_IR 13', 'b1', 'ｱ'],
    ['GBK', 'd6d0', '中'],
    ['ISO_IR 192', 'c593', 'œ'],
  ])('%s', (term, hex, text) => {
    expect(decodeHex(`41${hex}`, term)).toBe(`A${text}`)
    expect(decodeHex(`41${hex}`, term.replace('ISO_IR', 'ISO 2022 IR'))).toBe(`A${text}`)
  })

  test.each([
    ['-A', 100, 'e9', 'é'],
    ['-B', 101, 'b1', 'ą'],
    ['-C', 109, 'e6', 'ĉ'],
    ['-D', 110, 'e0', 'ā'],
    ['-F', 126, 'e1', 'α'],
    ['-G', 127, 'c8', 'ب'],
    ['-H', 138, 'e0', 'א'],
    ['-L', 144, 'd0', 'а'],
    ['-M', 148, 'fe', 'ş'],
    ['-T', 166, 'a1', 'ก'],
    ['-b', 203, 'bd', 'œ'],
  ])('ESC %s designates ISO-IR %i', (escape, number, hex, text) => {
    const bytes = `1b${Buffer.from(escape).toString('hex')}41${hex}`
    expect(decodeHex(bytes, `\\ISO 2022 IR ${number}`)).toBe(`A${text}`)
  })

  test('JIS X 0212 (ISO-IR 159)', () => {
    expect(decodeHex('1b242844 3021 1b2842 41', '\\ISO 2022 IR 159')).toBe('丂A')
  })

  test('at a delimiter the first repertoire is back', () => {
    // Cyrillic designated before the caret, Latin (value 1) behind it.
    expect(decodeHex('1b2d4c d0 5e e9', 'ISO 2022 IR 100\\ISO 2022 IR 144')).toBe('а^é')
  })

  test('bytes of a 94×94 set are never taken for delimiters', () => {
    // 0x5C, a backslash alone, is the second byte of a character in JIS X 0208 and in GB18030.
    expect(decodeHex('1b2442 305c 1b2842', '\\ISO 2022 IR 87')).toBe('移')
    expect(decodeHex('815c', 'GB18030')).toBe('乗')
  })

  test('¥ of JIS X 0201 in text without delimiters', () => {
    expect(decodeHex('b1 5c 7e', 'ISO_IR 13', '')).toBe('ｱ¥‾')
    expect(decodeHex('b1 5c b2', 'ISO_IR 13', '\\')).toBe('ｱ\\ｲ')
  })
})

describe('wrong declarations', () => {
  test.each([
    ['nothing declared, UTF-8', '', 'c3a9', 'é'],
    ['nothing declared, Latin-1', '', 'e9', 'é'],
    ['Latin-1 declared, UTF-8', 'ISO_IR 100', 'c3a9', 'é'],
    ['Latin-1 declared, Windows-1252', 'ISO_IR 100', '9c', 'œ'],
    ['UTF-8 declared, Latin-1', 'ISO_IR 192', '45e9', 'Eé'],
    ['a misspelt term', 'ISO-IR 144', 'd0', 'а'],
    ['a term of another standard', 'ISO8859-5', 'd0', 'а'],
    ['nonsense', 'KLINGON', 'e9', 'é'],
    ['Korean without its escape sequence', '\\ISO 2022 IR 149', 'c8ab', '홍'],
  ])('%s', (_, characterSet, hex, text) => {
    expect(decodeHex(hex, characterSet)).toBe(text)
  })

  test('Cyrillic and Thai that happen to be valid UTF-8 stay what they are declared to be', () => {
    expect(decodeHex('c2b0', 'ISO_IR 144')).toBe('ТА')
    expect(decodeHex('d4b9', 'ISO_IR 166')).toBe('ิน')
  })
})

test('an item without a character set has its parent’s', async () => {
  const file = instance([
    element('00080005', 'CS', 'ISO_IR 144'),
    element('00081140', 'SQ', item(element('00080104', 'LO', Buffer.of(0xd0)))),
  ])
  const { attributes } = await parseDataSet(bufferSource(file))
  const [inner] = attributes.elements.get('00081140')?.items ?? []
  expect(inner && textOf(inner, '00080104')).toBe('а')
})
