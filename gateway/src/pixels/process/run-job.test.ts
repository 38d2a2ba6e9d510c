import { join } from 'node:path'
import { corpusPath, temporaryFolder } from '@bitewing/testbed'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import type { Rendition } from '../pixels.ts'
import { corpusFrame } from '../testing/corpus-frame.ts'
import { dcmtkPicture } from '../testing/dcmtk-picture.ts'
import { plainImage } from '../testing/plain-image.ts'
import { largestDifference } from '../testing/stored-samples.ts'
import { runJob } from './run-job.ts'

const limits = { framePixelsMax: 1_000_000, outputPixelsMax: 1_000_000 }
const frame = { bytes: Buffer.alloc(300 * 200, 90), transferSyntaxUid: '1.2.840.10008.1.2.1' }
const image = plainImage(200, 300, { bitsStored: 8 })

test('all sizes of a small image come in the order asked for, and equal ones are made once', async () => {
  const sizes = [{ width: 50, square: true }, { width: 200 }, { width: 1024 }, { width: 2048 }, {}]
  const outputs = sizes.map((size) => ({ format: 'webp' as const, quality: 85, ...size }))
  const renditions = (await runJob({ kind: 'render', frame, image, outputs }, limits)) as Rendition[] // by its kind

  expect(renditions.map(({ width, height }) => [width, height])).toEqual([
    [50, 50],
    [200, 133],
    [300, 200],
    [300, 200],
    [300, 200],
  ])
  expect(renditions[3]).toBe(renditions[2])
  expect(renditions[4]).toBe(renditions[2])
  expect(renditions[1]).not.toBe(renditions[2])
})

test('a decoded frame names what decoding changed', async () => {
  expect(await runJob({ kind: 'decode', frame, image }, limits)).toMatchObject({
    photometricInterpretation: 'MONOCHROME2',
    planarConfiguration: 0,
    bytes: frame.bytes,
  })
})

test('overlays are drawn as DCMTK draws them, and left out where that is asked for', async () => {
  const path = corpusPath('pixel-format/examples_overlay.dcm')
  const folder = await temporaryFolder('overlays')
  const source = await corpusFrame(path)
  const described = { ...source.image, padding: null, pixelAspect: 1 }
  const [window = { center: 2048, width: 4096, function: 'linear' as const }] = described.windows
  const outputs = [{ format: 'png' as const, quality: 90 }]
  const shown = new Set<string>()
  for (const overlays of [true, false]) {
    const job = {
      kind: 'render' as const,
      frame: source.frame,
      image: described,
      window,
      outputs,
      withoutOverlays: !overlays,
    }
    const [rendition] = (await runJob(job, limits)) as Rendition[] // by its kind
    const data = await sharp(rendition?.bytes).toColourspace('b-w').raw().toBuffer()
    const judge = await dcmtkPicture(path, join(folder.path, 'judge.pgm'), { window, overlays })
    expect(largestDifference(data, judge?.data ?? [])).toBeLessThanOrEqual(1)
    shown.add(data.toString('base64'))
  }
  expect(shown.size).toBe(2)
  await folder.remove()
})
