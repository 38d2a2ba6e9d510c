declare module 'linebreak' {
  /** The Unicode Line Breaking Algorithm (UAX #14). */
  export default class LineBreaker {
    constructor(text: string)
    /** the next place where a line may end, or must */
    nextBreak(): { position: number; required: boolean } | null
  }
}

declare module 'subset-font' {
  /** Cuts letters out of a typeface, at a place on its axes. */
  export default function subsetFont(
    font: Buffer,
    letters: string,
    options: { targetFormat: 'truetype'; variationAxes: Record<string, number> },
  ): Promise<Buffer>
}
