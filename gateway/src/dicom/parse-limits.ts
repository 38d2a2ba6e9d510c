/** What a file may cost before it is refused. Defaults are far above real instances of this field. */
export type ParseLimits = {
  /** Longest value of OB OD OF OL OV OW UN kept inline, in bytes; longer ones are located and become bulk data. */
  inlineBytesMax: number
  /** Longest array of numbers kept inline, in bytes; longer ones become bulk data too (PS3.18 F.2.2 allows it). */
  numbersBytesMax: number
  /** All values kept of one file together, in bytes. */
  headerBytesMax: number
  /** Elements of one file, at all levels. */
  elementsMax: number
  /** Sequences inside sequences. */
  depthMax: number
  /** Fragments of encapsulated pixel data. */
  fragmentsMax: number
  /** Size of a deflated data set once inflated, in bytes. It is streamed, never held. */
  inflatedBytesMax: number
}

export const defaultParseLimits: ParseLimits = {
  inlineBytesMax: 1024,
  numbersBytesMax: 64 * 1024,
  headerBytesMax: 8 * 1024 * 1024,
  elementsMax: 200_000,
  depthMax: 64,
  fragmentsMax: 100_000,
  inflatedBytesMax: 256 * 1024 * 1024,
}
