import sharp from 'sharp'
import type { NativeFrame } from '../decode/decode-frame.ts'
import { pictureSize } from '../encode/picture-size.ts'
import { toSrgb } from '../encode/to-srgb.ts'
import { PixelError } from '../pixel-error.ts'
import type { ImageDescription, Output, Presentation } from '../pixels.ts'
import { drawOverlay } from '../show/draw-overlay.ts'
import { withBits } from '../show/overlay-bits.ts'
import type { Picture } from '../show/picture.ts'
import { showFrame } from '../show/show-frame.ts'
import { coverShutters } from './cover-shutters.ts'
import { drawGraphics } from './draw-graphics.ts'
import { presentGrey } from './present-grey.ts'
import { turnPicture } from './turn-picture.ts'

/**
 * A frame as a presentation state wants it: its grey levels, shutters and overlays, then turned and cut to the area that
 * is shown. Full size; `presentAtSize` makes an output of it.
 *
 * @throws {PixelError} as `showFrame`
 * @see DICOM PS3.4 §N.2
 */
export async function presentFrame(
  frame: NativeFrame,
  image: ImageDescription,
  presentation: Presentation,
): Promise<Picture> {
  const picture = await samplesOf(frame, image, presentation)
  const shutters = presentation.shutters.map((shutter) =>
    shutter.shape === 'bitmap' ? { ...shutter, plane: withBits(shutter.plane, frame, image) } : shutter,
  )
  coverShutters(picture, { ...presentation, shutters })
  for (const { plane, level } of presentation.overlays) {
    drawOverlay(picture, plane, level, frame, image)
  }
  return turnPicture(picture, presentation)
}

/**
 * The picture in an output's size, annotations drawn in it, so that they are sharp at any size.
 *
 * @throws {PixelError} `too-large`
 */
export async function presentAtSize(
  picture: Picture,
  presentation: Presentation,
  output: Output,
  { outputPixelsMax }: { outputPixelsMax: number },
): Promise<Picture> {
  const { magnification, rotation, pixelAspect } = presentation
  const sideways = rotation === 90 || rotation === 270
  const boxed = output.width !== undefined || output.height !== undefined
  const wanted =
    magnification === null || boxed
      ? output
      : { width: Math.max(1, Math.round(picture.width * magnification)), enlarge: true }
  const size = pictureSize(picture, sideways ? 1 / pixelAspect : pixelAspect, wanted)
  if (size.width * size.height > outputPixelsMax) {
    throw new PixelError('too-large', `a picture of ${size.width} × ${size.height} pixels is over the limit`)
  }
  const { width, height, channels, data } = picture
  if (size.width === width && size.height === height) return drawGraphics(picture, presentation)
  const resized = await sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
    .resize({ ...size, fit: 'fill', kernel: 'lanczos3' })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer()
  return drawGraphics({ ...picture, ...size, data: resized }, presentation)
}

async function samplesOf(
  frame: NativeFrame,
  image: ImageDescription,
  { grey, iccProfile }: Presentation,
): Promise<Picture> {
  const { rows: height, columns: width } = image
  if (!grey) {
    const shown = await toSrgb(
      showFrame(frame, { ...image, iccProfile: iccProfile ?? image.iccProfile }, null),
    )
    return { ...shown, data: new Uint8Array(shown.data) }
  }
  const presented = presentGrey(frame.bytes, image, grey)
  const picture: Picture = { ...presented, width, height, window: grey.window, iccProfile }
  return presented.channels === 3 ? toSrgb(picture) : picture
}
