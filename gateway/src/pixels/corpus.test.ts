import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { corpusPath, dcmtk, temporaryFolder, type TemporaryFolder } from '@bitewing/testbed'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPixels } from './create-pixels.ts'
import type { ImageDescription, Pixels, Window } from './pixels.ts'
import { corpusFrame } from './testing/corpus-frame.ts'
import { corpusImages, type CorpusImage } from './testing/corpus-images.ts'
import { dcmtkPicture, readPnm, type JudgedPicture } from './testing/dcmtk-picture.ts'
import { largestDifference } from './testing/stored-samples.ts'

/**
 * Images of the corpus against decoders and window functions that are not ours: DCMTK, with GDCM (JPEG 2000, some
 * JPEG-LS) and OpenJPEG's own program (HTJ2K) in front of it where DCMTK has no decoder. Of images that are there for
 * their transfer syntax two each: decode/decoding.test.ts judges the samples of them all.
 *
 * Both sides get the same explicit window. DCMTK cuts fractions off where we round, so a grey level may differ by 1;
 * lossy decoders differ in their arithmetic by a little more. Padding is switched off here because DCMTK shows padded
 * pixels like others, where we show black; `show-grey.test.ts` tests that.
 */
const differenceMax = (path: string) =>
  path.includes('jpeg-extended-12bit') ? 3 : path.includes('ybr') ? 2 : 1

/** Files that DCMTK cannot show, and who judges them instead. */
const sameImage = new Map([
  ['transfer-syntax/rle/liver_rle.dcm', 'pixel-format/liver.dcm'],
  ['transfer-syntax/deflated/liver_deflate.dcm', 'pixel-format/liver.dcm'],
  ['transfer-syntax/jpeg2000-lossless/liver_j2k.dcm', 'pixel-format/liver.dcm'],
  // DCMTK swaps 32-bit pixels in OW as pairs of words; this file, like its reader's toolkit, means numbers of 4 bytes.
  ['transfer-syntax/explicit-be/rtdose_expb.dcm', 'transfer-syntax/implicit-le/rtdose.dcm'],
])
const withoutJudge = new Map([
  ['pixel-format/parametric_map_float.dcm', 'floating point; judged by hand in show-real.test.ts'],
])

type Row = CorpusImage

const images = corpusImages().filter(({ path }) =>
  /^(transfer-syntax|pixel-format|dental|series|large|documents\/seg)\//.test(path),
)
const perTransferSyntax = 2
const shown = [...Map.groupBy(images, ({ path }) => dirname(path))].flatMap(([folder, rows]) =>
  folder.startsWith('transfer-syntax/') ? rows.slice(0, perTransferSyntax) : rows,
)
const isVideo = ({ transferSyntaxUid }: Row) => /\.4\.10\d$/.test(transferSyntaxUid)

let pixels: Pixels
let folder: TemporaryFolder

beforeAll(async () => {
  folder = await temporaryFolder('pixels')
  pixels = createPixels({ processes: 2, timeoutMs: 60_000, memoryMaxMb: 1024 })
})
afterAll(async () => {
  await pixels.close()
  await folder.remove()
})

describe.concurrent('an image looks as its judge shows it', () => {
  const judged = shown.filter((row) => !isVideo(row) && !withoutJudge.has(row.path))
  test.each(judged)('$path', async (row) => {
    const { path, frames } = row
    for (const frame of frames > 1 ? [1, frames] : [1]) {
      const source = await corpusFrame(corpusPath(path), frame)
      const image = {
        ...source.image,
        padding: null,
        pixelAspect: 1,
        overlays: [],
        supplementalPalette: false,
      }
      const grey = image.photometricInterpretation.startsWith('MONOCHROME')
      const window = explicitWindow(image)
      const judge = await judgedPicture(row, frame, grey ? window : undefined)

      const output = { format: 'png', quality: 100 } as const
      const rendition = await pixels.render({ frame: source.frame, image, window, output })
      expect((await sharp(rendition.bytes).metadata()).channels).toBe(judge.channels)
      const decoder = sharp(rendition.bytes).toColourspace(grey ? 'b-w' : 'srgb')
      const { data, info } = await decoder.raw().toBuffer({ resolveWithObject: true })

      expect([info.width, info.height]).toEqual([judge.width, judge.height])
      expect(largestDifference(data, judge.data)).toBeLessThanOrEqual(differenceMax(path))
    }
  })

  // the judges know no supplemental palettes: the grey picture above, and the file's own colours from its first on
  test('a perfusion map has the colours that its palette gives to its values', async () => {
    const path = corpusPath('transfer-syntax/rle/CT0012.not_fragmented_bot_rle.dcm')
    const { frame, image } = await corpusFrame(path, 1)
    const { palette } = image
    if (!palette) throw new Error('no palette')
    const window = explicitWindow(image)
    const pictureOf = async (supplementalPalette: boolean) => {
      const described = { ...image, supplementalPalette }
      const { bytes } = await pixels.render({
        frame,
        image: described,
        window,
        output: { format: 'png', quality: 100 },
      })
      return sharp(bytes).toColourspace('srgb').removeAlpha().raw().toBuffer()
    }
    const [colour, grey] = [await pictureOf(image.supplementalPalette), await pictureOf(false)]
    const { bytes } = await pixels.decode({ frame, image })
    const words = new Int16Array(new Uint8Array(bytes).buffer)
    const expected = Buffer.from(grey)
    const { first, red, green, blue } = palette
    for (const [pixel, value] of words.entries()) {
      const entry = Math.min(value - first, red.length - 1)
      if (entry >= 0) expected.set([red[entry] ?? 0, green[entry] ?? 0, blue[entry] ?? 0], pixel * 3)
    }
    expect(colour.equals(grey)).toBe(false)
    expect(colour.equals(expected)).toBe(true)
  })
})

// made by a zoom into this photograph, which the first picture shows whole
test.each(images.filter(isVideo))('of a video its first picture is shown: $path', async ({ path }) => {
  const { frame, image } = await corpusFrame(corpusPath(path))
  const { bytes, width, height } = await pixels.render({
    frame,
    image,
    output: { format: 'png', quality: 85 },
  })
  expect([width, height]).toEqual([image.columns, image.rows])
  const photograph = await corpusFrame(corpusPath('dental/wrapped/photo_intraoral_jpeg.dcm'))
  const side = { width: 128, height: 72 }
  const small = async (picture: Uint8Array) => {
    const raw = await sharp(picture)
      .resize({ ...side, fit: 'fill' })
      .removeAlpha()
      .raw()
      .toBuffer()
    return { data: raw, ...side, channels: 3 as const }
  }
  const [shown, meant] = [await small(bytes), await small(photograph.frame.bytes)]
  const differences = shown.data.map((value, index) => Math.abs(value - (meant.data[index] ?? 0)))
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length
  expect(mean).toBeLessThan(6)

  await expect(pixels.decode({ frame, image })).rejects.toMatchObject({ code: 'unsupported' })
  const cut = { ...frame, bytes: frame.bytes.subarray(0, 200) }
  const broken = pixels.render({ frame: cut, image, output: { format: 'png', quality: 85 } })
  await expect(broken).rejects.toMatchObject({ code: 'damaged' })
  const other = { ...image, rows: image.rows + 1 }
  const wrong = pixels.render({ frame, image: other, output: { format: 'png', quality: 85 } })
  await expect(wrong).rejects.toMatchObject({ code: 'damaged' })
})

/** The file's own window, or its whole range: never one that we found. */
function explicitWindow({ windows, bitsStored, signed }: ImageDescription): Window {
  const [stored] = windows
  if (stored) return stored
  const width = 2 ** bitsStored
  return { center: signed ? 0 : width / 2, width, function: 'linear' }
}

async function judgedPicture(
  { path, transferSyntaxUid }: Row,
  frame: number,
  window: Window | undefined,
): Promise<JudgedPicture> {
  const twin = images.find((row) => row.path === sameImage.get(path))
  if (twin) return judgedPicture(twin, frame, window)

  const name = `${path.replaceAll('/', '-')}-${frame}`
  const scratch = join(folder.path, `${name}.pnm`)
  const native = join(folder.path, `${name}.dcm`)
  let file = corpusPath(path)
  if (path.includes('/htj2k/')) return openJpegPicture(path, window, join(folder.path, name))
  const decompressors = /\.4\.8[01]$/.test(transferSyntaxUid)
    ? [['dcmdjpls'], ['gdcmconv', '--raw']]
    : /\.4\.9[01]$/.test(transferSyntaxUid)
      ? [['gdcmconv', '--raw']]
      : []
  for (const [program = '', ...args] of decompressors) {
    if ((await dcmtk(program, [...args, file, native])).code !== 0) continue
    file = native
    break
  }

  const judge = await dcmtkPicture(file, scratch, { frame, window })
  if (!judge) throw new Error(`no judge can show ${path}`)
  return judge
}

/** HTJ2K by OpenJPEG 2.5, which is not the library that decodes it here; grey is windowed by the formula. */
async function openJpegPicture(
  path: string,
  window: Window | undefined,
  scratch: string,
): Promise<JudgedPicture> {
  const { frame, image } = await corpusFrame(corpusPath(path))
  const { columns: width, rows: height } = image
  await writeFile(`${scratch}.j2k`, frame.bytes)
  if (image.samplesPerPixel === 3) {
    await dcmtk('opj_decompress', ['-i', `${scratch}.j2k`, '-o', `${scratch}.ppm`])
    const judge = await readPnm(`${scratch}.ppm`)
    if (!judge) throw new Error(`OpenJPEG cannot show ${path}`)
    return judge
  }
  await dcmtk('opj_decompress', ['-i', `${scratch}.j2k`, '-o', `${scratch}.rawl`]) // 16 bits, little endian
  const bytes = await readFile(`${scratch}.rawl`)
  const { center, width: span } = window ?? explicitWindow(image)
  const data = Uint8Array.from({ length: bytes.length / 2 }, (_, index) => {
    const value = (bytes.readInt16LE(index * 2) - (center - 0.5)) / (span - 1) + 0.5
    return Math.floor(Math.max(0, Math.min(1, value)) * 255)
  })
  return { data, channels: 1, width, height }
}
