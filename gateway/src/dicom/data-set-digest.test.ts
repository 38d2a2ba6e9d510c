import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { corpusPath, dcmtk } from '@bitewing/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bufferSource, fileSource } from './byte-source.ts'
import type { ByteSource } from './byte-source.ts'
import { dataSetDigest } from './data-set-digest.ts'
import { parseDataSet } from './parse-instance.ts'
import type { ParseLimits } from './parse-limits.ts'
import {
  corpusFiles,
  element,
  encapsulated,
  identifiers,
  instance,
  inTurns,
  isRepetition,
  item,
  parents,
  part10,
} from './testing.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bitewing-digest-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function digestOf(source: ByteSource, limits: Partial<ParseLimits> = {}): Promise<string> {
  return dataSetDigest(source, await parseDataSet(source, limits))
}

async function digestOfFile(path: string, limits: Partial<ParseLimits> = {}): Promise<string> {
  await using source = await fileSource(path)
  return await digestOf(source, limits)
}

describe('a file written anew', () => {
  // Orthanc writes with DCMTK what it received, so DCMTK's rewriting is what must not count.
  const ways = [
    ['+e', '+g=', '-p'], // defined lengths, group lengths
    ['-e', '-g', '+p', '512', '8'], // undefined lengths, Data Set Trailing Padding
    ['+e', '-g', '-p'],
  ]
  const rewritable = corpusFiles().filter(
    (path) =>
      !isRepetition(path) && !/^(?:malformed|worklist)\//.test(path) && !/htj2k|liver_deflate/.test(path), // transfer syntaxes newer than this DCMTK
  )

  test('has the same digest', async () => {
    const different: string[] = []
    await inTurns(rewritable, async (path, index) => {
      const way = ways[index % ways.length] ?? []
      const copy = join(folder, `${index}.dcm`)
      const { code, stderr } = await dcmtk('dcmconv', ['-q', ...way, corpusPath(path), copy])
      expect(code, `${path} ${stderr}`).toBe(0)
      if ((await digestOfFile(corpusPath(path))) !== (await digestOfFile(copy))) different.push(path)
      await rm(copy)
    })
    expect(rewritable.length).toBeGreaterThan(100)
    expect(different).toEqual([])
  }, 120_000)

  test.each(['documents/sr/sr.dcm', 'large/jpeg8bit.dcm', 'transfer-syntax/deflated/image_dfl'])(
    'has the same digest in every way: %s',
    async (path) => {
      const copies = await Promise.all(
        ways.map(async (way, index) => {
          const copy = join(folder, `way-${index}.dcm`)
          await dcmtk('dcmconv', ['-q', ...way, corpusPath(path), copy])
          return digestOfFile(copy)
        }),
      )
      expect(new Set([...copies, await digestOfFile(corpusPath(path))]).size).toBe(1)
    },
  )

  test('with one value changed has another', async () => {
    const copy = join(folder, 'changed.dcm')
    const path = corpusPath('documents/sr/sr.dcm')
    await dcmtk('dcmconv', ['-q', path, copy])
    await dcmtk('dcmodify', ['-q', '-nb', '-m', '(0040,a730)[0].(0040,a040)=TEXT', copy])
    expect(await digestOfFile(copy)).not.toBe(await digestOfFile(path))
  })

  test('in another transfer syntax has another', async () => {
    expect(await digestOfFile(corpusPath('transfer-syntax/implicit-le/MR_small_implicit.dcm'))).not.toBe(
      await digestOfFile(corpusPath('transfer-syntax/explicit-le/MR_small.dcm')),
    )
  })
})

describe('every byte of content counts', () => {
  test('a changed pixel, native, in a fragment, and in a deflated file', async () => {
    for (const path of ['transfer-syntax/explicit-le/CT_small.dcm', 'transfer-syntax/rle/MR_small_RLE.dcm']) {
      const file = await readFile(corpusPath(path))
      const before = await digestOf(bufferSource(file))
      const { pixelData } = await parseDataSet(bufferSource(file))
      const at = (pixelData?.fragments?.offset ?? pixelData?.offset ?? 0) + 1000
      file[at] = (file[at] ?? 0) ^ 1
      expect(await digestOf(bufferSource(file))).not.toBe(before)
    }
  })

  const base = instance([element('00100020', 'LO', 'P1'), element('00104000', 'LT', 'note')])
  test.each([
    ['a value', instance([element('00100020', 'LO', 'P2'), element('00104000', 'LT', 'note')])],
    [
      'an attribute more',
      instance([
        element('00100020', 'LO', 'P1'),
        element('00104000', 'LT', 'note'),
        element('00104001', 'LO'),
      ]),
    ],
    ['a VR', instance([element('00100020', 'SH', 'P1'), element('00104000', 'LT', 'note')])],
    [
      'a value moved to another tag',
      instance([element('00100020', 'LO', 'note'), element('00104000', 'LT', 'P1')]),
    ],
  ])('%s', async (_, file) => {
    expect(await digestOf(bufferSource(file))).not.toBe(await digestOf(bufferSource(base)))
  })

  test('where an item ends, and where a fragment ends', async () => {
    const [a, b] = [element('00080100', 'SH', 'A'), element('00080102', 'SH', 'B')]
    const sequence = (content: Buffer) =>
      digestOf(bufferSource(instance([element('00081140', 'SQ', content)])))
    expect(await sequence(item(a, b))).not.toBe(await sequence(Buffer.concat([item(a), item(b)])))
    const pixels = (...fragments: string[]) =>
      digestOf(
        bufferSource(
          part10(
            [...identifiers, ...parents, encapsulated(fragments.map((each) => Buffer.from(each)))],
            '1.2.840.10008.1.2.4.50',
          ),
        ),
      )
    expect(await pixels('abcd', 'ef')).not.toBe(await pixels('ab', 'cdef'))
  })
})

describe('what does not count', () => {
  test('how much of the file was kept in memory', async () => {
    const path = corpusPath('documents/encapsulated/sample-pdf.dcm')
    expect(await digestOfFile(path, { inlineBytesMax: 4 })).toBe(
      await digestOfFile(path, { inlineBytesMax: 1e6 }),
    )
  })

  test('the Basic Offset Table, padding, order, and who sent the file', async () => {
    const pixels = (table: number[]) =>
      part10(
        [...identifiers, ...parents, encapsulated([Buffer.from('ab'), Buffer.from('cd')], table)],
        '1.2.840.10008.1.2.4.50',
      )
    expect(await digestOf(bufferSource(pixels([0, 10])))).toBe(await digestOf(bufferSource(pixels([]))))

    const plain = instance([element('00100020', 'LO', 'P1'), element('00104000', 'LT', 'note')])
    const other = instance(
      [element('00104000', 'LT', 'note  '), element('00100020', 'LO', 'P1\0\0')],
      [element('FFFCFFFC', 'OB', Buffer.alloc(64)), element('00050005', 'CS', 'VENDOR')],
    )
    expect(await digestOf(bufferSource(other))).toBe(await digestOf(bufferSource(plain)))
    expect(await digestOf(bufferSource(plain.subarray(132)))).toBe(await digestOf(bufferSource(plain)))
  })
})

test.each([65_535, 65_536, 65_537, 300_000, 1_000_001])(
  'a value of %i bytes has the same digest in memory as in a file that is read piece by piece',
  async (bytes) => {
    const file = part10([element('7FE00010', 'OB', randomBytes(bytes))])
    const memory = bufferSource(file)
    const digest = await digestOf(memory)
    expect(digest).toBe(await digestOf({ bytes: file.length, read: memory.read }))
    const other = Buffer.from(file)
    other[other.length - 2] = (other[other.length - 2] ?? 0) ^ 1
    expect(await digestOf(bufferSource(other))).not.toBe(digest)
  },
)
