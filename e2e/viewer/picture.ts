/** An 8-bit colour picture; a grey one has three equal samples a pixel. */
export type Picture = {
  /** in pixels */
  width: number
  /** in pixels */
  height: number
  /** red, green and blue, 0 to 255, row by row from the top left: `width * height * 3` */
  samples: Uint8Array
}
