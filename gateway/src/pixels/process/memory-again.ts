/** Kept for the next: to take it anew costs more than to fill it. */
const keptBytesMax = 64 * 1024 * 1024

/**
 * Memory of one thing after another, of which the last is used again for the next where it is as long, and not much
 * longer.
 */
export function memoryAgain() {
  let spare: Buffer | null = null
  let last: Buffer | null = null
  return {
    /** @returns memory that is as long, or longer by bytes of 0: a decoder that reads too far finds no other patient */
    take(bytes: number): Buffer {
      const reused = spare && spare.length >= bytes && spare.length <= 2 * bytes ? spare : null
      if (!reused) return Buffer.allocUnsafeSlow(bytes)
      spare = null
      return reused.fill(0, bytes)
    },
    /** This is what is looked at now. */
    use(memory: Buffer): void {
      last = memory
    },
    /** Nobody looks at it any more. */
    giveBack(): void {
      if (last && last.length <= keptBytesMax) spare = last
      last = null
    },
  }
}
