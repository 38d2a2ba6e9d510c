import sharp from 'sharp'
import { expect, test } from 'vitest'
import { pictureQuality } from './picture-quality.ts'

const raw = { width: 64, height: 48, channels: 1 } as const
const levels = Uint8Array.from({ length: 64 * 48 }, (_, at) => ((at * 37) % 200) + 20)
const png = (data: Uint8Array) => sharp(data, { raw }).toColourspace('b-w').png().toBuffer()

test('an equal picture has a similarity of 1; one of 2 levels more everywhere a PSNR of 42.1 dB', async () => {
  const lossless = await png(levels)
  expect(await pictureQuality(lossless, lossless)).toMatchObject({ ssim: 1, psnr: null })
  const brighter = await pictureQuality(lossless, await png(levels.map((level) => level + 2)))
  expect(brighter.psnr).toBeCloseTo(10 * Math.log10(255 ** 2 / 4), 6)
  expect(brighter.ssim).toBeLessThan(1)
})

test('pictures of different size are not compared', async () => {
  const wider = await sharp(levels, { raw: { ...raw, width: 96, height: 32 } })
    .png()
    .toBuffer()
  await expect(pictureQuality(await png(levels), wider)).rejects.toThrow('differ in size')
})
