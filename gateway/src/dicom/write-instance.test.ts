import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { corpusPath, dcmtk, temporaryFolder, type TemporaryFolder } from '@bitewing/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { numberOf, textOf } from './attribute.ts'
import { bufferSource, fileSource } from './byte-source.ts'
import type { ByteSource } from './byte-source.ts'
import { dataSetDigest } from './data-set-digest.ts'
import { toDicomJson } from './dicom-json.ts'
import { frameIndex } from './frame-index.ts'
import { newDataSet, newElement } from './new-element.ts'
import { parseInstance } from './parse-instance.ts'
import { readFrame } from './read-frame.ts'
import { collect, corpusFiles, isRepetition } from './testing.ts'
import { toExplicitVrLittleEndian } from './to-explicit-vr-little-endian.ts'
import { writeInstance } from './write-instance.ts'

let folder: TemporaryFolder
beforeAll(async () => {
  folder = await temporaryFolder('write-instance')
})
afterAll(() => folder.remove())

async function opinion(source: ByteSource): Promise<{ json: string; digest: string }> {
  const parsed = await parseInstance(source)
  return { json: withoutPadding(toDicomJson(parsed).json), digest: await dataSetDigest(source, parsed) }
}

function withoutPadding(json: string): string {
  return json.replace(/,"FFFCFFFC":\{[^}]*\}/, '')
}

const neverSent = corpusFiles().filter(
  (path) =>
    /^(?:transfer-syntax\/(?:implicit-le|explicit-be|deflated)\/|documents\/(?:other\/rtstruct|presentation-state)|pixel-format\/(?:rtdose|seg_image_ct)|series\/ct-3slice|malformed\/third-party\/(?:GH177|ExplVR))/.test(
      path,
    ) && !/liver_deflate/.test(path),
)

describe('to Explicit VR Little Endian', () => {
  test.each(neverSent)('%s is what dcmconv makes of it', async (path) => {
    await using source = await fileSource(corpusPath(path))
    const parsed = await parseInstance(source)
    const { bytes, stream } = toExplicitVrLittleEndian(source, parsed)
    const ours = await collect(stream())
    expect(ours).toHaveLength(bytes)
    const file = join(folder.path, 'ours.dcm')
    await writeFile(file, ours)
    expect(await dcmtk('dcmdump', ['-q', file])).toMatchObject({ code: 0, stderr: '' })

    const theirs = join(folder.path, 'theirs.dcm')
    await dcmtk('dcmconv', ['-q', '+te', corpusPath(path), theirs])
    await using judge = await fileSource(theirs)
    const [our, their] = [await opinion(bufferSource(ours)), await opinion(judge)]
    expect(our.json).toBe(their.json)
    // DCMTK turns 32-bit pixels of a big-endian file in 16-bit words; the frames' test shows ours to be right.
    if (!path.endsWith('rtdose_expb.dcm')) expect(our.digest).toBe(their.digest)
  })

  test('encapsulated pixel data are not written as native', async () => {
    await using source = await fileSource(corpusPath('transfer-syntax/rle/MR_small_RLE.dcm'))
    const parsed = await parseInstance(source)
    expect(() => toExplicitVrLittleEndian(source, parsed)).toThrow('Encapsulated')
  })

  test('a text too long for a 16-bit length leaves as UN', async () => {
    await using source = await fileSource(corpusPath('transfer-syntax/implicit-le/rtplan.dcm'))
    const parsed = await parseInstance(source)
    const long = newElement('00081030', 'LO', 'x'.repeat(70_000))
    const { stream } = writeInstance(source, parsed, {
      transferSyntaxUid: '1.2.840.10008.1.2.1',
      attributes: new Map([['00081030', long]]),
    })
    const file = await collect(stream())
    const at = file.indexOf(Buffer.from('080030105' + '54e', 'hex'))
    expect(at).toBeGreaterThan(0)
    expect(file.readUInt32LE(at + 8)).toBe(70_000)
  })
})

describe('written anew', () => {
  test('every sound corpus file keeps its digest and its DICOM JSON, and DCMTK reads it', async () => {
    const lost: string[] = []
    let written = 0
    for (const path of corpusFiles().filter(
      (each) => !isRepetition(each) && !each.startsWith('malformed/'),
    )) {
      await using source = await fileSource(corpusPath(path))
      const parsed = await parseInstance(source).catch(() => null)
      if (!parsed?.encoding.explicitVr || parsed.encoding.bigEndian || parsed.encoding.deflated) continue
      const { bytes, stream } = writeInstance(source, parsed)
      const copy = await collect(stream())
      const [before, after] = [await opinion(source), await opinion(bufferSource(copy))]
      if (copy.length !== bytes || before.json !== after.json || before.digest !== after.digest)
        lost.push(path)
      written += 1
    }
    expect(lost).toEqual([])
    expect(written).toBeGreaterThan(80)
  })

  test('with decoded pixel data and changed attributes', async () => {
    await using source = await fileSource(corpusPath('transfer-syntax/rle/MR_small_RLE.dcm'))
    const parsed = await parseInstance(source)
    const pixels = Buffer.alloc(64 * 64 * 2, 7)
    const { bytes, stream } = writeInstance(source, parsed, {
      transferSyntaxUid: '1.2.840.10008.1.2.1',
      attributes: new Map([
        ['00281050', null],
        ['00280106', newElement('00280106', 'SS', -5)],
        [
          '00082112',
          newElement('00082112', 'SQ', [
            newDataSet([newElement('00081155', 'UI', '1.2.3'), newElement('00081150', 'UI', '1.2')]),
          ]),
        ],
      ]),
      pixelData: {
        vr: 'OW',
        bytes: pixels.length,
        async *stream() {
          yield pixels
        },
      },
    })
    const copy = await collect(stream())
    expect(copy).toHaveLength(bytes)
    const again = bufferSource(copy)
    const changed = await parseInstance(again)
    expect(changed.encoding.transferSyntaxUid).toBe('1.2.840.10008.1.2.1')
    expect(changed.attributes.elements.has('00281050')).toBe(false)
    expect(numberOf(changed.attributes, '00280106')).toBe(-5)
    const [item] = changed.attributes.elements.get('00082112')?.items ?? []
    expect(item && textOf(item, '00081155')).toBe('1.2.3')
    const index = await frameIndex(again, changed)
    const frame = index && readFrame(again, index, 1)
    expect(frame && (await collect(frame.stream()))).toEqual(pixels)
    await writeFile(join(folder.path, 'changed.dcm'), copy)
    expect(await dcmtk('dcmdump', ['-q', join(folder.path, 'changed.dcm')])).toMatchObject({
      code: 0,
      stderr: '',
    })
  })
})
