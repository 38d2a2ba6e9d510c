import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { corpusPath, dcmtk, temporaryFolder } from '@bitewing/testbed'
import { describe, expect, test } from 'vitest'
import { bufferSource, fileSource } from './byte-source.ts'
import { frameIndex } from './frame-index.ts'
import type { FrameIndex } from './frame-index.ts'
import { parseDataSet } from './parse-instance.ts'
import { frameRanges, readFrame } from './read-frame.ts'
import { collect, element, encapsulated, identifiers, parents, part10, uint16 } from './testing.ts'

const jpeg = '1.2.840.10008.1.2.4.50'

async function framesOf(bytes: Uint8Array): Promise<{ index: FrameIndex; frames: Buffer[] }> {
  const source = bufferSource(bytes)
  const index = await frameIndex(source, await parseDataSet(source))
  if (!index) throw new Error('no pixel data')
  // What is kept in the database is what is read with.
  const kept = JSON.parse(JSON.stringify(index)) as FrameIndex
  const frames: Buffer[] = []
  for (let frame = 1; frame <= kept.frames; frame++) {
    const read = readFrame(source, kept, frame)
    if (!read) throw new Error(`no frame ${frame}`)
    const content = await collect(read.stream())
    expect(content).toHaveLength(read.bytes)
    frames.push(content)
  }
  expect(readFrame(source, kept, 0)).toBeNull()
  expect(readFrame(source, kept, kept.frames + 1)).toBeNull()
  expect(readFrame(source, kept, 1.5)).toBeNull()
  return { index: kept, frames }
}

const corpusFrames = (path: string) => framesOf(readFileSync(corpusPath(path)))

function image(
  rows: number,
  columns: number,
  bitsAllocated: number,
  frames: number,
  more: Buffer[] = [],
): Buffer[] {
  return [
    ...identifiers,
    ...parents,
    element('00280002', 'US', uint16(1)),
    element('00280008', 'IS', String(frames)),
    element('00280010', 'US', uint16(rows)),
    element('00280011', 'US', uint16(columns)),
    element('00280100', 'US', uint16(bitsAllocated)),
    ...more,
  ]
}

describe('native frames', () => {
  test.each([
    ['series/ct-24x38/mf.dcm'],
    ['pixel-format/emri_small.dcm'],
    ['pixel-format/sm_image_dots.dcm'],
    ['pixel-format/MOVEKNEE.dcm'],
    ['pixel-format/US-YBR_FULL_422-EVRLE.dcm'],
    ['pixel-format/SC_ybr_full_422_uncompressed.dcm'],
    ['transfer-syntax/explicit-be/SC_rgb_expb_16bit_2frame.dcm'],
    ['transfer-syntax/deflated/image_dfl'],
  ])('put together are the pixel data that DCMTK writes: %s', async (path) => {
    const folder = await temporaryFolder('frames')
    const copy = join(folder.path, 'copy.dcm')
    await dcmtk('dcmconv', ['-q', '+te', corpusPath(path), copy])
    await dcmtk('dcmdump', ['-q', '+W', folder.path, copy])
    const raw = (await readdir(folder.path)).find((name) => name.endsWith('.raw'))
    const pixels = await readFile(join(folder.path, raw ?? ''))
    await folder.remove()

    const { frames } = await corpusFrames(path)
    const together = Buffer.concat(frames)
    expect(together.length).toBeGreaterThan(0)
    expect(pixels.length - together.length).toBeLessThanOrEqual(1) // padding
    expect(pixels.subarray(0, together.length).equals(together)).toBe(true)
  })

  test('of 32-bit pixels in a big-endian file are those of the little-endian one', async () => {
    const bigEndian = await corpusFrames('transfer-syntax/explicit-be/rtdose_expb.dcm')
    const littleEndian = await corpusFrames('transfer-syntax/implicit-le/rtdose.dcm')
    expect(bigEndian.frames).toHaveLength(15)
    expect(bigEndian.frames).toEqual(littleEndian.frames)
  })

  // GE's private syntax: all Implicit VR Little Endian but the pixels.
  test('of big-endian pixels in a little-endian data set', async () => {
    const file = Buffer.from(readFileSync(corpusPath('transfer-syntax/implicit-le/MR_small_implicit.dcm')))
    const { frames } = await framesOf(file)
    file.write('1.2.840.113619.5.2', file.indexOf('1.2.840.10008.1.2\0'), 'latin1')
    const swapped = await framesOf(file)
    expect(frames[0]).toHaveLength(8192)
    expect(swapped.frames[0]).toEqual(Buffer.from(frames[0] ?? []).swap16())
  })

  test('of float pixel data', async () => {
    const { frames } = await corpusFrames('pixel-format/parametric_map_float.dcm')
    expect(frames.map((frame) => frame.length)).toEqual([128 * 128 * 4])
  })

  test('of 8-bit pixels in big-endian words begin in the middle of a word', async () => {
    const swapped = Buffer.of(2, 1, 4, 3, 6, 5) // 1 2 3 | 4 5 6 in 16-bit words of the other order
    const dataSet = Buffer.concat([...image(1, 3, 8, 2), element('7FE00010', 'OW', swapped)])
    const index: FrameIndex = {
      transferSyntaxUid: '1.2.840.10008.1.2.2',
      start: 0,
      deflated: false,
      frames: 2,
      kind: 'native',
      offset: dataSet.length - 6,
      bitsPerFrame: 24,
      swapBytes: 2,
    }
    const source = bufferSource(dataSet)
    const read = async (frame: number) =>
      collect(readFrame(source, index, frame)?.stream() ?? (async function* () {})())
    expect(await read(1)).toEqual(Buffer.of(1, 2, 3))
    expect(await read(2)).toEqual(Buffer.of(4, 5, 6))
  })

  // PS3.5 §8.1.1: frames of one bit per pixel follow without padding, the first pixel in the lowest bit.
  test('of one bit are cut out of the bit stream', async () => {
    const bits = Array.from({ length: 7 * 5 * 9 }, (_, i) => Number((i * i + 3 * i) % 7 < 3))
    const packed = Buffer.alloc(Math.ceil(bits.length / 8))
    bits.forEach((bit, i) => (packed[i >> 3] = (packed[i >> 3] ?? 0) | (bit << (i & 7))))
    const { frames } = await framesOf(part10([...image(5, 7, 1, 9), element('7FE00010', 'OB', packed)]))
    expect(frames).toHaveLength(9)
    for (const [number, frame] of frames.entries()) {
      const unpacked = Array.from({ length: 40 }, (_, i) => ((frame[i >> 3] ?? 0) >> (i & 7)) & 1)
      expect(unpacked).toEqual([...bits.slice(number * 35, number * 35 + 35), 0, 0, 0, 0, 0])
    }
  })

  test('of a binary segmentation', async () => {
    const { frames } = await corpusFrames('documents/seg/partial_overlaps.dcm')
    expect(frames.map((frame) => frame.length)).toEqual(Array.from({ length: 7 }, () => (512 * 512) / 8))
  })

  test.each([
    ['malformed/generated/frames_2147483647.dcm', 1],
    ['malformed/generated/rows_0.dcm', 0],
    ['malformed/third-party/2026-05-26-oob-monochrome-65535.dcm', 0],
  ])('are as many as there are bytes for: %s has %i', async (path, count) => {
    expect((await corpusFrames(path)).index.frames).toBe(count)
  })
})

describe('encapsulated frames', () => {
  test.each([
    ['large/jpeg8bit.dcm', 96],
    ['transfer-syntax/jpeg-baseline/examples_ybr_color.dcm', 30],
    ['transfer-syntax/rle/rtdose_rle.dcm', 15],
    ['transfer-syntax/rle/CT0012.not_fragmented_bot_rle.dcm', 2],
    ['transfer-syntax/jpeg2000-lossless/emri_small_jpeg_2k_lossless.dcm', 10],
    ['transfer-syntax/jpeg-ls-lossless/CT1_UNC.fragmented_bot_jpeg_ls.80.dcm', 1],
    ['transfer-syntax/deflated/liver_deflate.dcm', 3],
    ['malformed/third-party/JPEG2000-embedded-sequence-delimiter.dcm', 1],
    ['malformed/generated/bot_offsets_out_of_range.dcm', 3],
  ])('%s has %i', async (path, count) => {
    expect((await corpusFrames(path)).frames).toHaveLength(count)
  })

  test('a fragmented frame is put together to one whole codestream', async () => {
    const { frames, index } = await corpusFrames(
      'transfer-syntax/jpeg-ls-lossless/CT1_UNC.fragmented_bot_jpeg_ls.80.dcm',
    )
    expect(frameRanges(index, 1)?.length).toBeGreaterThan(1)
    expect(frames[0]?.subarray(0, 2).toString('hex')).toBe('ffd8')
    expect(
      frames[0]
        ?.toString('hex')
        .replace(/(?:00)+$/, '')
        .slice(-4),
    ).toBe('ffd9')
  })

  test('a video is one stream, whatever Number of Frames says', async () => {
    const { index, frames } = await corpusFrames('transfer-syntax/video/mpeg4_hp41.dcm')
    expect(index).toMatchObject({ video: true, frames: 1 })
    expect(frames[0]?.toString('latin1', 4, 8)).toBe('ftyp')
  })

  const [a, b, c] = [
    Buffer.from('ffd8ffa1', 'hex'),
    Buffer.from('0102', 'hex'),
    Buffer.from('ffd8ffa2', 'hex'),
  ]
  const file = (fragments: Buffer[], table: number[], frames: number, more: Buffer[] = []) =>
    framesOf(part10([...image(1, 1, 8, frames), ...more, encapsulated(fragments, table)], jpeg))

  test('the Basic Offset Table tells which fragments belong together', async () => {
    // Against the codestreams on purpose, to see which one decides.
    const { frames } = await file([a, b, c], [0, 12], 2)
    expect(frames).toEqual([a, Buffer.concat([b, c])])
  })

  test('the Extended Offset Table does, too', async () => {
    const table = Buffer.alloc(16)
    table.writeBigUInt64LE(12n, 8)
    const { frames } = await file([a, b, c], [], 2, [element('7FE00001', 'OV', table)])
    expect(frames).toEqual([a, Buffer.concat([b, c])])
  })

  test('a table that points beside fragments is not believed: codestreams decide', async () => {
    const { frames } = await file([a, b, c], [0, 13], 2)
    expect(frames).toEqual([Buffer.concat([a, b]), c])
  })

  test('an index of 600 frames stays small', async () => {
    const { index } = await file(
      Array.from({ length: 600 }, () => a),
      [],
      600,
    )
    expect(JSON.stringify(index).length).toBeLessThan(6000)
  })
})

test('an instance without pixel data has no frames', async () => {
  await using source = await fileSource(corpusPath('documents/sr/sr.dcm'))
  expect(await frameIndex(source, await parseDataSet(source))).toBeNull()
})
