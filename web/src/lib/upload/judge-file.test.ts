import { readFile } from 'node:fs/promises'
import { corpusPath } from '@bitewing/testbed'
import { expect, test } from 'vitest'
import { headBytes, isZip, judgeFile } from './judge-file.ts'

const head = async (path: string) => new Uint8Array(await readFile(corpusPath(path))).subarray(0, headBytes)
const text = (content: string) => new TextEncoder().encode(content.padEnd(headBytes))

test.each(['dental/wrapped/io_periapical_12bit.dcm', 'charset/SCSX2'])(
  '%s is DICOM whatever it is called',
  async (path) => {
    expect(judgeFile('IMG0001', await head(path))).toBe('dicom')
    expect(judgeFile('image.jpg', await head(path))).toBe('dicom')
  },
)

// ACR-NEMA's heirs: no preamble, the data set begins at once
test('a file without a preamble is sent when it begins with a data element', () => {
  const explicit = text('')
  explicit.set([8, 0, 5, 0, 0x43, 0x53, 10, 0])
  const implicit = text('')
  implicit.set([8, 0, 0, 0, 4, 0, 0, 0])
  expect(judgeFile('a', explicit)).toBe('dicom')
  expect(judgeFile('a', implicit)).toBe('dicom')
  expect(judgeFile('a', text('8 teeth were found'))).toBe('other')
})

test.each(['DICOMDIR', 'CD/Thumbs.db', '.DS_Store', 'x/._IM0001', '__MACOSX/IM1'])(
  '%s is passed over',
  (path) => {
    expect(judgeFile(path, text(''))).toBe('companion')
  },
)

test('pictures, documents and short files are something else', () => {
  expect(judgeFile('a.jpg', Uint8Array.of(0xff, 0xd8, 0xff))).toBe('other')
  expect(judgeFile('readme.txt', text('hello'))).toBe('other')
  expect(judgeFile('empty.dcm', new Uint8Array())).toBe('other')
})

test('an archive is known by its bytes, and a document that is a zip inside is none', () => {
  expect(isZip('export.bin', text('PK\u0003\u0004'))).toBe(true)
  expect(isZip('letter.docx', text('PK\u0003\u0004'))).toBe(false)
  expect(isZip('note.zip', text('not really'))).toBe(false)
})
