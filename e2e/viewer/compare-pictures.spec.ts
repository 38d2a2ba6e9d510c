import { corpusPath } from '@bitewing/testbed/corpus'
import { expect } from '@playwright/test'
import { test } from '../system.ts'
import { comparePictures } from './compare-pictures.ts'
import type { Picture } from './picture.ts'
import { renderWithDcmtk } from './render-with-dcmtk.ts'

/** A picture made of another: what lies at a place comes from the place that `from` names. */
function redraw(picture: Picture, from: (x: number, y: number) => [x: number, y: number]): Picture {
  const samples = new Uint8Array(picture.samples.length)
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const [fromX, fromY] = from(x, y)
      const start = (fromY * picture.width + fromX) * 3
      samples.set(picture.samples.subarray(start, start + 3), (y * picture.width + x) * 3)
    }
  }
  return { ...picture, samples }
}

test('the same picture is wholly alike, in its own size and smaller in the middle of a viewport', async () => {
  const picture = await renderWithDcmtk(corpusPath('dental/wrapped/io_periapical_12bit.dcm'))
  expect(comparePictures(picture, picture)).toEqual({
    correlation: expect.closeTo(1, 9),
    meanAbsoluteDifference: 0,
  })

  // Twice as large a picture in a viewport that is wider than it.
  const larger = {
    width: 4,
    height: 4,
    samples: Uint8Array.from({ length: 48 }, (_, at) => (Math.floor(at / 24) ? 200 : 0)),
  }
  const dark = [0, 0, 0]
  const light = [200, 200, 200]
  const viewport = {
    width: 4,
    height: 2,
    samples: Uint8Array.from([...dark, ...dark, ...dark, ...dark, ...dark, ...light, ...light, ...dark]),
  }
  expect(comparePictures(viewport, larger).correlation).toBeCloseTo(1, 9)
})

test('a picture that is mirrored, turned, shifted or darker counts as a wrong one', async () => {
  const picture = await renderWithDcmtk(corpusPath('dental/wrapped/io_periapical_12bit.dcm'))
  const { width, height } = picture
  const mirrored = redraw(picture, (x, y) => [width - 1 - x, y])
  const turned = redraw(picture, (x, y) => [width - 1 - x, height - 1 - y])
  const shifted = redraw(picture, (x, y) => [Math.max(0, x - 6), y])
  const darker = { ...picture, samples: picture.samples.map((sample) => sample * 0.9) }

  expect(comparePictures(mirrored, picture).correlation).toBeLessThan(0.8)
  expect(comparePictures(turned, picture).correlation).toBeLessThan(0.8)
  expect(comparePictures(shifted, picture).correlation).toBeLessThan(0.99)
  expect(comparePictures(darker, picture).meanAbsoluteDifference).toBeGreaterThan(2)
})

test('a viewport of one colour is like no picture', async () => {
  const picture = await renderWithDcmtk(corpusPath('dental/wrapped/photo_intraoral_jpeg.dcm'))
  const black = { ...picture, samples: new Uint8Array(picture.samples.length) }

  expect(comparePictures(black, picture).correlation).toBe(0)
})
