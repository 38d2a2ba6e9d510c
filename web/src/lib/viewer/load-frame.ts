import { recallTold, type Recall } from '#lib/storage/recall-of.ts'
import {
  histogramOf,
  initialWindow,
  viewAdjustment,
  type Adjustment,
  type Histogram,
  type Range,
} from './initial-window.ts'
import type { ViewedInstance } from './stacks.ts'

export type GreyPixels = Uint8Array | Int8Array | Uint16Array | Int16Array

/** A frame's pixels as they were stored, or its colours. */
export type Frame = { columns: number; rows: number } & (
  | {
      colour: false
      pixels: GreyPixels
      minimum: number
      maximum: number
      /** from stored values to the modality's units */
      scale: { slope: number; intercept: number }
      histogram: Histogram
      initial: Range
      adjusted: Adjustment | null
    }
  /** red, green, blue, row after row */
  | { colour: true; pixels: Uint8ClampedArray; histogram: Histogram; initial: Range }
)

type Address = { studyInstanceUid: string; instance: ViewedInstance; frame: number }

const explicitVrLittleEndian = '1.2.840.10008.1.2.1'
const jpegBaseline = '1.2.840.10008.1.2.4.50'

/**
 * A frame of an image by our own DICOMweb, with the session's cookie.
 *
 * Grey pixels come as stored values, decoded by the gateway. Colours come as the JPEG they are where a browser decodes
 * it as DICOM means it, else as the gateway's picture without loss; so does a grey image whose values only a lookup
 * table makes sense of.
 *
 * @throws {FrameMissing} when there are none to be had
 */
export async function loadFrame(address: Address, signal?: AbortSignal): Promise<Frame> {
  const { instance } = address
  const { attributes, transferSyntaxUid } = instance
  const { columns, rows } = instance
  if (columns === null || rows === null) throw new FrameMissing()

  const plain = attributes.bitsAllocated === 8 || attributes.bitsAllocated === 16
  if (!attributes.isColour && plain && !attributes.hasLut) {
    const bytes = await fetchFrame(address, explicitVrLittleEndian, signal)
    return greyFrame(new Uint8Array(await bytes.arrayBuffer()), { columns, rows }, instance)
  }
  const asStored =
    transferSyntaxUid === jpegBaseline && attributes.photometricInterpretation.startsWith('YBR')
  const picture = asStored
    ? new Blob([await (await fetchFrame(address, jpegBaseline, signal)).arrayBuffer()], {
        type: 'image/jpeg',
      })
    : await (await get(renditionOf(address), 'image/png', signal)).blob()
  return colourFrame(picture, { columns, rows })
}

/** There is no picture of this frame. */
export class FrameMissing extends Error {
  override readonly name = 'FrameMissing'
}

/** Its original is being fetched from the archive, or waits for that. */
class FrameArchived extends FrameMissing {
  readonly recall: Recall
  constructor(recall: Recall) {
    super('archived')
    this.recall = recall
  }
}

function fetchFrame(address: Address, transferSyntax: string, signal?: AbortSignal): Promise<Response> {
  const { studyInstanceUid, instance, frame } = address
  const path = `/dicom-web/studies/${studyInstanceUid}/series/${instance.seriesInstanceUid}/instances/${instance.sopInstanceUid}/frames/${frame}`
  return get(path, `application/octet-stream; transfer-syntax=${transferSyntax}`, signal)
}

function renditionOf({ studyInstanceUid, instance, frame }: Address): string {
  return `/renditions/${studyInstanceUid}/${instance.seriesInstanceUid}/${instance.sopInstanceUid}/${frame}/full.png`
}

async function get(path: string, accept: string, signal: AbortSignal | undefined): Promise<Response> {
  const response = await fetch(path, { headers: { Accept: accept }, ...(signal ? { signal } : {}) })
  if (response.ok) return response
  const recall = await recallTold(response)
  throw recall ? new FrameArchived(recall) : new FrameMissing(`${response.status}`)
}

function greyFrame(
  bytes: Uint8Array<ArrayBuffer>,
  { columns, rows }: { columns: number; rows: number },
  { attributes, modality }: ViewedInstance,
): Frame {
  const { bitsAllocated, bitsStored, isSigned } = attributes
  const count = columns * rows
  if (bytes.byteLength < (count * bitsAllocated) / 8) throw new FrameMissing()
  const pixels: GreyPixels =
    bitsAllocated === 8
      ? isSigned
        ? new Int8Array(bytes.buffer, 0, count)
        : new Uint8Array(bytes.buffer, 0, count)
      : isSigned
        ? new Int16Array(bytes.buffer, 0, count)
        : new Uint16Array(bytes.buffer, 0, count)
  if (bitsStored < bitsAllocated) keepStoredBits(pixels, bitsStored, isSigned)

  let [minimum, maximum] = [Infinity, -Infinity]
  for (const value of pixels) {
    if (value < minimum) minimum = value
    if (value > maximum) maximum = value
  }
  const scale = attributes.rescale ?? { slope: 1, intercept: 0 }
  const histogram = histogramOf(pixels, { minimum, maximum }, scale)
  const initial = initialWindow(attributes, modality, histogram)
  const adjusted = viewAdjustment(attributes, modality, histogram)
  return { colour: false, columns, rows, pixels, minimum, maximum, scale, histogram, initial, adjusted }
}

/** Bits above those stored may hold an overlay of old (PS3.5 §8.1.1). */
function keepStoredBits(pixels: GreyPixels, bitsStored: number, isSigned: boolean): void {
  const shift = 32 - bitsStored
  for (let index = 0; index < pixels.length; index++) {
    const value = pixels[index] ?? 0
    pixels[index] = isSigned ? (value << shift) >> shift : (value << shift) >>> shift
  }
}

async function colourFrame(
  picture: Blob,
  { columns, rows }: { columns: number; rows: number },
): Promise<Frame> {
  const bitmap = await createImageBitmap(picture, { imageOrientation: 'none' }).catch(() => {
    throw new FrameMissing()
  })
  const canvas = new OffscreenCanvas(columns, rows)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) throw new FrameMissing()
  context.drawImage(bitmap, 0, 0, columns, rows)
  bitmap.close()
  const { data } = context.getImageData(0, 0, columns, rows)
  const pixels = new Uint8ClampedArray(columns * rows * 3)
  const luminance = new Uint8Array(columns * rows)
  for (let from = 0, to = 0, at = 0; from < data.length; from += 4, at++) {
    const [red = 0, green = 0, blue = 0] = [data[from], data[from + 1], data[from + 2]]
    pixels[to++] = red
    pixels[to++] = green
    pixels[to++] = blue
    luminance[at] = (red * 54 + green * 183 + blue * 19) >> 8
  }
  return {
    colour: true,
    columns,
    rows,
    pixels,
    histogram: histogramOf(luminance, { minimum: 0, maximum: 255 }, { slope: 1, intercept: 0 }),
    initial: { lower: 0, upper: 255 },
  }
}
