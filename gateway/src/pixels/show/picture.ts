import type { ShownView } from '../pixels.ts'

/** 8-bit samples, pixel by pixel, ready to scale and encode: grey, or RGB. */
export type Picture = {
  data: Uint8Array
  channels: 1 | 3
  width: number
  height: number
  /** See `Rendition.window`. */
  window: ShownView['window']
  /** RGB only: the profile the samples are in; null for sRGB. */
  iccProfile: Uint8Array | null
}

/** A picture, and how it came to look so. */
export type ShownPicture = Picture & ShownView

/** A picture whose samples are worked out when they are asked for: while the rows above are encoded. */
export type PictureByRows = Omit<ShownPicture, 'data'> & {
  /** The samples from one row to before another, from 0. */
  rows(top: number, bottom: number): Uint8Array
}

export function wholePicture({ rows, ...picture }: PictureByRows): ShownPicture {
  return { ...picture, data: rows(0, picture.height) }
}
