import type { Page } from '@playwright/test'
import type { Picture } from './picture.ts'

/** Runs in the page; as text, since the project's types know no browser. */
const readCanvas = `(() => {
  const canvas = document.querySelector('canvas.cornerstone-canvas')
  const copy = document.createElement('canvas')
  copy.width = canvas.width
  copy.height = canvas.height
  const context = copy.getContext('2d')
  context.drawImage(canvas, 0, 0)
  const { data } = context.getImageData(0, 0, copy.width, copy.height)
  let text = ''
  for (let start = 0; start < data.length; start += 0x8000) {
    text += String.fromCharCode(...data.subarray(start, start + 0x8000))
  }
  return { width: copy.width, height: copy.height, rgba: btoa(text) }
})()`

/** The pixels of OHIF's first viewport: the image alone, without the text and marks that lie over it. */
export async function readViewport(page: Page): Promise<Picture> {
  const { width, height, rgba } = await page.evaluate<{ width: number; height: number; rgba: string }>(
    readCanvas,
  )
  const pixels = Buffer.from(rgba, 'base64')
  const samples = new Uint8Array(width * height * 3)
  for (let pixel = 0; pixel < width * height; pixel++) {
    samples.set(pixels.subarray(pixel * 4, pixel * 4 + 3), pixel * 3)
  }
  return { width, height, samples }
}
