import sharp from 'sharp'
import { expect, test } from 'vitest'
import { corpusPath } from '@bitewing/testbed'
import { decodeFrame } from '../decode/decode-frame.ts'
import type { ImageFormat } from '../pixels.ts'
import type { Picture } from '../show/picture.ts'
import { showFrame } from '../show/show-frame.ts'
import { corpusFrame } from '../testing/corpus-frame.ts'
import { encodePicture } from './encode-picture.ts'
import { raiseQuality } from './raise-quality.ts'
import { structuralSimilarity } from './structural-similarity.ts'

const limits = { framePixelsMax: 20_000_000, outputPixelsMax: 20_000_000 }

async function shown(name: string): Promise<Picture> {
  const { frame, image } = await corpusFrame(corpusPath(name))
  return showFrame(await decodeFrame(frame, image, limits), image, null)
}
const grey = async (bytes: Buffer) => sharp(bytes).toColourspace('b-w').raw().toBuffer()

async function similarity(picture: Picture, format: ImageFormat, quality: number, similarityMin?: number) {
  const output = { format, quality, ...(similarityMin === undefined ? {} : { similarityMin }) }
  const { bytes } = await encodePicture(picture, 1, output, limits)
  return { bytes: bytes.length, similarity: structuralSimilarity(picture.data, await grey(bytes), picture) }
}

test.each<[ImageFormat, number]>([
  ['jpeg', 60],
  ['webp', 70],
  ['avif', 50],
])('a noisy periapical as %s is given the quality that it needs, and no more', async (format, quality) => {
  const picture = await shown('dental/wrapped/io_periapical_12bit.dcm')
  const usual = await similarity(picture, format, quality)
  const raised = await similarity(picture, format, quality, 0.98)
  const best = await similarity(picture, format, 100)
  expect(usual.similarity).toBeLessThan(0.98)
  expect(raised.similarity).toBeGreaterThanOrEqual(0.98)
  expect(raised.bytes).toBeLessThan(0.8 * best.bytes)
})

test('an image that is similar enough as usual is left as usual', async () => {
  const data = Uint8Array.from({ length: 300 * 200 }, (_, at) => (at % 300) * 0.8)
  const smooth: Picture = { data, channels: 1, width: 300, height: 200, window: null, iccProfile: null }
  const usual = await similarity(smooth, 'jpeg', 85)
  expect(await similarity(smooth, 'jpeg', 85, 0.98)).toEqual(usual)
})

test('tries are bounded where nothing is similar enough', async () => {
  const tried: number[] = []
  const data = new Uint8Array(64 * 64).fill(40)
  const white = await sharp(new Uint8Array(64 * 64).fill(250), {
    raw: { width: 64, height: 64, channels: 1 },
  })
    .jpeg()
    .toBuffer()
  const encode = (quality: number) => {
    tried.push(quality)
    return Promise.resolve(white)
  }
  const source = { data, channels: 1, width: 64, height: 64 }
  const bytes = await raiseQuality(source, encode, { format: 'jpeg', quality: 85, similarityMin: 0.98 })
  expect(bytes).toBe(white)
  expect(tried.length).toBeLessThanOrEqual(5)
  expect(tried.at(-1)).toBe(100)
  expect(tried).toEqual(tried.toSorted((a, b) => a - b))
})
