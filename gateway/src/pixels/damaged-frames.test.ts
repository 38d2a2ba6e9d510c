import { corpusPath } from '@bitewing/testbed'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPixels } from './create-pixels.ts'
import type { FrameBytes, ImageDescription, PixelIncident, Pixels } from './pixels.ts'
import { corpusFrame } from './testing/corpus-frame.ts'
import { plainImage } from './testing/plain-image.ts'

/** Frames that lie, through the real processes: each is an answer, never a black picture and never the end of the pool. */

let pixels: Pixels
const incidents: PixelIncident[] = []
beforeAll(() => {
  pixels = createPixels({
    processes: 2,
    timeoutMs: 20_000,
    memoryMaxMb: 512,
    onIncident: (incident) => incidents.push(incident),
  })
})
afterAll(() => pixels.close())

const render = (frame: FrameBytes, image: ImageDescription) =>
  pixels.render({ frame, image, output: { format: 'jpeg', quality: 85, width: 200 } })

const frameOf = (bytes: Uint8Array, transferSyntaxUid: string): FrameBytes => ({ bytes, transferSyntaxUid })

describe('more pixels declared than there are', () => {
  test.each<[string, string, number, ImageDescription, string]>([
    [
      '3.6 gigapixels of RLE in 200 bytes',
      '1.2.840.10008.1.2.5',
      200,
      plainImage(60_000, 60_000, { bitsStored: 8 }),
      'too-large',
    ],
    [
      '100 megapixels of RLE in 200 bytes',
      '1.2.840.10008.1.2.5',
      200,
      plainImage(10_000, 10_000, { bitsStored: 8 }),
      'damaged',
    ],
    ['65535 × 65535 native', '1.2.840.10008.1.2.1', 64, plainImage(65_535, 65_535), 'too-large'],
    ['native pixels cut off', '1.2.840.10008.1.2.1', 64, plainImage(100, 100), 'damaged'],
    ['an empty frame', '1.2.840.10008.1.2.4.50', 0, plainImage(8, 8, { bitsStored: 8 }), 'damaged'],
    [
      'native pixels under a JPEG name',
      '1.2.840.10008.1.2.4.50',
      64,
      plainImage(8, 8, { bitsStored: 8 }),
      'damaged',
    ],
  ])('%s', async (_name, syntax, bytes, image, code) => {
    await expect(render(frameOf(Buffer.alloc(bytes), syntax), image)).rejects.toMatchObject({ code })
  })

  // The stream and the header agree, so nothing but the memory limit can tell.
  test('a JPEG 2000 stream of 140 megapixels in 180 KB costs its process at most', async () => {
    const { frame, image } = await corpusFrame(corpusPath('transfer-syntax/jpeg2000-lossless/CT1_J2KR'))
    const bytes = Buffer.from(frame.bytes)
    const side = 11_800
    for (const position of [8, 12, 24, 28]) bytes.writeUInt32BE(side, position) // Xsiz, Ysiz, XTsiz, YTsiz
    const request = render({ ...frame, bytes }, { ...image, rows: side, columns: side })
    await expect(request).rejects.toMatchObject({
      code: expect.stringMatching(/^(damaged|too-large|crashed|timed-out)$/) as string,
    })
  })

  test('a JPEG larger than its header says is not decoded', async () => {
    const bytes = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
      .jpeg()
      .toBuffer()
    const image = plainImage(32, 32, {
      bitsStored: 8,
      samplesPerPixel: 3,
      photometricInterpretation: 'YBR_FULL_422',
    })
    await expect(render(frameOf(bytes, '1.2.840.10008.1.2.4.50'), image)).rejects.toMatchObject({
      code: 'damaged',
    })
  })
})

test.each([
  'transfer-syntax/jpeg-baseline/SC_rgb_dcmtk_+eb+cy+np.dcm',
  'transfer-syntax/jpeg-extended-12bit/MR4_JPLY',
  'transfer-syntax/jpeg-lossless-sv1/TestPattern_JPEG-Lossless_RGB.dcm',
  'transfer-syntax/jpeg-ls-lossless/MR_small_jpeg_ls_lossless.dcm',
  'transfer-syntax/jpeg2000-lossless/CT1_J2KR',
  'transfer-syntax/htj2k/CT1_htj2k_rpcl.dcm',
  'transfer-syntax/rle/MR_small_RLE.dcm',
])('a stream that was cut off is an error, not half a picture: %s', async (path) => {
  const { frame, image } = await corpusFrame(corpusPath(path))
  for (const share of [0.1, 0.7, 0.98]) {
    const bytes = frame.bytes.subarray(0, Math.floor(frame.bytes.length * share))
    await expect(render({ ...frame, bytes }, image)).rejects.toMatchObject({ code: 'damaged' })
  }
})

test.each(['100', '102', '106.1', '108'])('rubbish instead of a video is damaged: %s', async (syntax) => {
  const image = plainImage(8, 8, { bitsStored: 8, samplesPerPixel: 3 })
  const request = render(frameOf(Buffer.alloc(64, 0x47), `1.2.840.10008.1.2.4.${syntax}`), image)
  await expect(request).rejects.toMatchObject({ code: 'damaged' })
})

describe('what this release cannot decode says so', () => {
  test.each([
    ['1.2.840.10008.1.2.4.110', 'JPEG XL'],
    ['1.2.840.10008.1.2.4.94', 'JPIP referenced pixel data'],
    ['1.2.3.4', 'transfer syntax 1.2.3.4'],
  ])('%s', async (syntax, message) => {
    const request = render(frameOf(Buffer.alloc(64), syntax), plainImage(8, 8, { bitsStored: 8 }))
    await expect(request).rejects.toMatchObject({ code: 'unsupported', message })
  })

  test('a retired photometric interpretation', async () => {
    const image = plainImage(4, 4, { bitsStored: 8, samplesPerPixel: 3, photometricInterpretation: 'HSV' })
    await expect(render(frameOf(Buffer.alloc(48), '1.2.840.10008.1.2.1'), image)).rejects.toMatchObject({
      code: 'unsupported',
    })
  })
})

describe('requests that cannot be met', () => {
  const frame = frameOf(Buffer.alloc(128), '1.2.840.10008.1.2.1')
  const image = plainImage(8, 8)
  const output = { format: 'jpeg', quality: 85 } as const

  test.each<[string, object]>([
    ['quality 0', { output: { ...output, quality: 0 } }],
    ['quality 101', { output: { ...output, quality: 101 } }],
    ['a width of 0', { output: { ...output, width: 0 } }],
    ['half a pixel', { output: { ...output, width: 0.5 } }],
    ['a window without width', { output, window: { center: 1, width: 0, function: 'linear' } }],
    ['a window that is no number', { output, window: { center: NaN, width: 5, function: 'linear' } }],
    ['a region outside', { output, region: { x: 4, y: 4, width: 5, height: 1 } }],
  ])('%s', async (_name, request) => {
    await expect(pixels.render({ frame, image, output, ...request })).rejects.toMatchObject({
      code: 'invalid-request',
    })
  })
})

test('an ICC profile is applied in the process too, where most image formats are switched off', async () => {
  const wide = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#c03020' } })
    .withIccProfile('p3')
    .png()
    .toBuffer()
  const { icc } = await sharp(wide).metadata()
  const bytes = await sharp(wide, { ignoreIcc: true }).removeAlpha().raw().toBuffer()
  const image = plainImage(16, 16, {
    bitsStored: 8,
    samplesPerPixel: 3,
    photometricInterpretation: 'RGB',
    iccProfile: icc ?? null,
  })
  const output = { format: 'png', quality: 100 } as const
  const rendition = await pixels.render({ frame: frameOf(bytes, '1.2.840.10008.1.2.1'), image, output })
  const [red = 0, green = 0, blue = 0] = await sharp(rendition.bytes).raw().toBuffer()
  expect([
    bytes[0] === 0xc0,
    Math.abs(red - 0xc0) <= 2,
    Math.abs(green - 0x30) <= 2,
    Math.abs(blue - 0x20) <= 2,
  ]).toEqual([false, true, true, true])
})

describe('streams with broken bytes', () => {
  const sources = [
    'transfer-syntax/rle/MR_small_RLE.dcm',
    'transfer-syntax/jpeg-baseline/SC_rgb_dcmtk_+eb+cy+np.dcm',
    'transfer-syntax/jpeg-extended-12bit/JPGExtended.dcm',
    'transfer-syntax/jpeg-lossless-sv1/SC_rgb_jpeg_gdcm.dcm',
    'transfer-syntax/jpeg-ls-lossless/MR_small_jpeg_ls_lossless.dcm',
    'transfer-syntax/jpeg2000-lossless/MR_small_jp2klossless.dcm',
    'transfer-syntax/htj2k/CT1_htj2k_rpcl.dcm',
    'transfer-syntax/deflated/liver_deflate.dcm',
  ]
  test.each(sources)('%s: every damage is a picture or an error, and the pool goes on', async (path) => {
    const { frame, image } = await corpusFrame(corpusPath(path))
    let state = 42
    const random = (below: number) => (state = (state * 1103515245 + 12345) % 2 ** 31) % below
    const outcomes = await Promise.allSettled(
      Array.from({ length: 16 }, (_, round) => {
        const bytes = Buffer.from(frame.bytes)
        // headers first, then anywhere; every fourth is cut off instead
        const span = round < 8 ? Math.min(200, bytes.length) : bytes.length
        for (let flip = 0; flip <= round % 3; flip++) bytes[random(span)] = random(256)
        return render(
          { ...frame, bytes: round % 4 === 3 ? bytes.subarray(0, random(bytes.length)) : bytes },
          image,
        )
      }),
    )
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject({
          code: expect.stringMatching(/^(damaged|unsupported|too-large|crashed|timed-out)$/) as string,
        })
      }
    }
    expect((await render(frame, image)).width).toBeGreaterThan(0)
  })
})
