import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { ImageFormat, Output } from '../pixels.ts'
import type { Picture } from '../show/picture.ts'
import { cropPicture } from './crop-picture.ts'
import { encodePicture } from './encode-picture.ts'
import { pictureSize } from './picture-size.ts'
import { toSrgb } from './to-srgb.ts'

const limits = { outputPixelsMax: 10_000_000 }

function picture(
  width: number,
  height: number,
  channels: 1 | 3 = 1,
  levelAt = (x: number, _y: number) => (x * 255) / width,
): Picture {
  const data = new Uint8Array(width * height * channels)
  for (let index = 0; index < data.length; index++) {
    const pixel = Math.floor(index / channels)
    data[index] = levelAt(pixel % width, Math.floor(pixel / width))
  }
  return { data, channels, width, height, window: null, iccProfile: null }
}

const encode = (source: Picture, output: Partial<Output>, pixelAspect = 1) =>
  encodePicture(source, pixelAspect, { format: 'png', quality: 90, ...output }, limits)

describe('the size of a picture', () => {
  const panoramic = { width: 2888, height: 1468 }

  test.each<[string, number, Pick<Output, 'width' | 'height' | 'square' | 'enlarge'>, [number, number]]>([
    ['full', 1, {}, [2888, 1468]],
    ['by width', 1, { width: 1024 }, [1024, 521]],
    ['by height', 1, { height: 734 }, [1444, 734]],
    ['in a box, the width decides', 1, { width: 500, height: 500 }, [500, 254]],
    ['in a box, the height decides', 1, { width: 5000, height: 100 }, [197, 100]],
    ['in a square', 1, { width: 200, square: true }, [200, 102]],
    ['never enlarged unasked', 1, { width: 4096 }, [2888, 1468]],
    ['enlarged where asked', 1, { width: 5776, height: 9000, enlarge: true }, [5776, 2936]],
    ['never below one pixel', 1, { width: 1 }, [1, 1]],
    ['with tall pixels', 2, {}, [2888, 2936]],
    ['with wide pixels', 0.5, {}, [5776, 1468]],
    ['with wide pixels, by width', 0.5, { width: 1024 }, [1024, 260]],
  ])('%s', (_name, pixelAspect, output, [width, height]) => {
    expect(pictureSize(panoramic, pixelAspect, output)).toEqual({ width, height })
  })
})

describe('an encoded picture', () => {
  test.each<ImageFormat>(['jpeg', 'webp', 'png', 'avif', 'gif'])(
    'is what it says, as %s, without metadata or alpha',
    async (format) => {
      const { bytes, width, height } = await encode(picture(120, 80), { format, width: 60 })
      const found = await sharp(bytes).metadata()
      expect(found.format).toBe(format === 'avif' ? 'heif' : format)
      expect([width, height, found.width, found.height]).toEqual([60, 40, 60, 40])
      for (const kind of ['exif', 'xmp', 'iptc', 'icc', 'comments'] as const)
        expect(found[kind]).toBeUndefined()
      expect((await sharp(bytes).stats()).isOpaque).toBe(true)
    },
  )

  test('of a radiograph keeps one channel and its grey levels', async () => {
    const { bytes } = await encode(
      picture(256, 10, 1, (x) => x),
      {},
    )
    expect((await sharp(bytes).metadata()).channels).toBe(1)
    const data = await sharp(bytes).toColourspace('b-w').raw().toBuffer()
    expect([...data.subarray(0, 256)]).toEqual(Array.from({ length: 256 }, (_, level) => level))
  })

  test('as JPEG is progressive when asked and baseline when not', async () => {
    const progressive = await encode(picture(64, 64), { format: 'jpeg', progressive: true })
    const baseline = await encode(picture(64, 64), { format: 'jpeg', progressive: false })
    expect((await sharp(progressive.bytes).metadata()).isProgressive).toBe(true)
    expect((await sharp(baseline.bytes).metadata()).isProgressive).toBe(false)
  })

  // What is saved to a disk, printed or sent on, and found there later, is no original.
  test.each<ImageFormat>(['jpeg', 'webp', 'png', 'avif'])(
    'as %s says that it is a preview, where asked',
    async (format) => {
      const { bytes } = await encode(picture(64, 64), { format, preview: true })
      const found = await sharp(bytes).metadata()
      expect(found.xmp?.toString('utf8')).toContain('Preview, not for diagnosis')
      expect(found.exif).toBeUndefined()
    },
  )

  test('of a photograph as JPEG keeps all samples of its colours', async () => {
    const { bytes } = await encode(picture(64, 64, 3), { format: 'jpeg', quality: 85 })
    expect((await sharp(bytes).metadata()).chromaSubsampling).toBe('4:4:4')
  })

  // A panoramic cut to the middle square would lose the molars.
  // WebP with a loss has half as many samples of colour, which mixes those of a label map.
  test('of few colours as WebP is the picture itself; a photograph, and greys as RGB, are made small', async () => {
    const labels = picture(40, 30, 3)
    const noisy = picture(40, 30, 3)
    for (let pixel = 0; pixel < 1200; pixel++) {
      labels.data.set([pixel % 2 ? 255 : 0, pixel % 3 ? 200 : 10, pixel % 5 ? 0 : 90], pixel * 3)
      noisy.data.set([(pixel * 7) % 256, (pixel * 13) % 256, (pixel * 29) % 256], pixel * 3)
    }
    const read = async (source: Picture) => {
      const { bytes } = await encode(source, { format: 'webp', similarityMin: 0.98, quality: 86 })
      return sharp(bytes).removeAlpha().raw().toBuffer()
    }
    expect((await read(labels)).equals(labels.data)).toBe(true)
    expect((await read(noisy)).equals(noisy.data)).toBe(false)
    const grey = picture(40, 30, 3, (x) => (x % 32) * 8)
    expect((await read(grey)).equals(grey.data)).toBe(false)
  })

  test('in a square shows the whole width, centred on black', async () => {
    const { bytes, width, height } = await encode(
      picture(300, 100, 1, () => 255),
      { width: 50, square: true },
    )
    expect([width, height]).toEqual([50, 50])
    const data = await sharp(bytes).toColourspace('b-w').raw().toBuffer()
    const column = (x: number) => Array.from({ length: 50 }, (_, y) => data[y * 50 + x] ?? 0)
    for (const x of [0, 25, 49]) {
      expect(column(x).slice(0, 16)).toEqual(Array(16).fill(0))
      expect(column(x)[25]).toBe(255)
      expect(column(x).slice(-16)).toEqual(Array(16).fill(0))
    }
  })

  test('over the limit, or over what its format holds, is refused', async () => {
    const refused = expect.objectContaining({ code: 'too-large' }) as Error // an asymmetric matcher
    await expect(encode(picture(10, 10), { width: 100_000, enlarge: true })).rejects.toEqual(refused)
    await expect(encode(picture(20_000, 1), { format: 'webp' })).rejects.toEqual(refused)
  })
})

describe('a region', () => {
  const numbered = picture(4, 3, 1, (x, y) => y * 10 + x)

  test.each<[string, Parameters<typeof cropPicture>[1], boolean, boolean, number[]]>([
    ['alone', { x: 1, y: 1, width: 2, height: 2 }, false, false, [11, 12, 21, 22]],
    ['mirrored left and right', { x: 1, y: 1, width: 2, height: 2 }, true, false, [12, 11, 22, 21]],
    ['mirrored top and bottom', { x: 1, y: 1, width: 2, height: 2 }, false, true, [21, 22, 11, 12]],
    ['with parts of pixels', { x: 0.5, y: 0, width: 1, height: 0.2 }, false, false, [0, 1]],
  ])('%s', (_name, region, horizontal, vertical, expected) => {
    expect([...cropPicture(numbered, region, horizontal, vertical).data]).toEqual(expected)
  })

  test('mirrors whole pixels of colour', () => {
    const colour = { ...picture(2, 1, 3), data: Uint8Array.of(1, 2, 3, 4, 5, 6) }
    expect([...cropPicture(colour, undefined, true, false).data]).toEqual([4, 5, 6, 1, 2, 3])
  })

  test.each([
    { x: -1, y: 0, width: 2, height: 2 },
    { x: 3, y: 0, width: 2, height: 2 },
    { x: 0, y: 0, width: 0, height: 2 },
    { x: 0, y: 0, width: NaN, height: 2 },
  ])('outside the frame is refused: %o', (region) => {
    const refused = expect.objectContaining({ code: 'invalid-request' }) as Error // an asymmetric matcher
    expect(() => cropPicture(numbered, region, false, false)).toThrow(refused)
  })
})

describe('an ICC profile', () => {
  test('of a wide gamut is converted: the colours come out as they were in sRGB', async () => {
    const srgb = picture(64, 64, 3)
    srgb.data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, index) => 60 + ((index * 37) % 130))
    const raw = { width: 64, height: 64, channels: 3 } as const
    const wide = await sharp(srgb.data, { raw }).withIccProfile('p3').png().toBuffer()
    const { icc } = await sharp(wide).metadata()
    const data = await sharp(wide, { ignoreIcc: true }).raw().toBuffer()

    const converted = await toSrgb({ ...srgb, data, iccProfile: icc ?? null })
    expect(Buffer.compare(data, srgb.data)).not.toBe(0)
    const largest = srgb.data.reduce(
      (max, value, index) => Math.max(max, Math.abs(value - (converted.data[index] ?? 0))),
      0,
    )
    expect(largest).toBeLessThanOrEqual(2)
  })

  test('that is rubbish leaves the picture as it is', async () => {
    const source = { ...picture(8, 8, 3), iccProfile: Buffer.alloc(500, 7) }
    expect(Buffer.compare((await toSrgb(source)).data, source.data)).toBe(0)
  })
})

describe('a large JPEG, encoded in strips', () => {
  // what the library makes of it in one piece
  const inOnePiece = ({ data, width, height, channels }: Picture, quality: number) =>
    sharp(data, { raw: { width, height, channels } })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .jpeg({ quality, optimiseCoding: false, chromaSubsampling: '4:4:4' })
      .toBuffer()
  const pixelsOf = (bytes: Buffer) =>
    sharp(bytes, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true })
  const noise = (x: number, y: number) => ((x * 7919 + y * 104_729) >> 3) & 0xff

  test.each([
    ['grey', 2888, 1468, 1],
    ['grey, sides of no whole blocks', 1237, 1021, 1],
    ['colour', 1200, 900, 3],
    ['colour, sides of no whole blocks', 1003, 1005, 3],
    ['the last strip of one row', 40_001, 25, 1],
  ] as const)('shows the same pixels as one in one piece: %s', async (_name, width, height, channels) => {
    const source = picture(width, height, channels, noise)
    const { bytes } = await encode(source, { format: 'jpeg', quality: 88 })
    expect(bytes.includes(Buffer.from([0xff, 0xdd, 0, 4]))).toBe(true) // DRI
    const [ours, theirs] = [await pixelsOf(bytes), await pixelsOf(await inOnePiece(source, 88))]
    expect(await sharp(bytes).metadata()).toMatchObject({ width, height, channels })
    expect(ours.data.equals(theirs.data)).toBe(true)
  })
})
