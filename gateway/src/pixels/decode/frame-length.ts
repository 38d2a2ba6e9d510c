import type { ImageDescription } from '../pixels.ts'

/** Bytes of one native frame, not rounded to an even number (PS3.5 §8.1.1, §8.2). */
export function frameLength(image: ImageDescription): number {
  const samples = image.rows * image.columns * image.samplesPerPixel
  // Two chrominance samples serve two pixels: 4 bytes for 2 pixels instead of 6.
  const stored = isSubsampled(image) ? (samples / 3) * 2 : samples
  return Math.ceil((stored * image.bitsAllocated) / 8)
}

/** Chrominance at half the width, in native pixel data (PS3.3 §C.7.6.3.1.2). */
export function isSubsampled({
  photometricInterpretation,
  samplesPerPixel,
}: Pick<ImageDescription, 'photometricInterpretation' | 'samplesPerPixel'>): boolean {
  return samplesPerPixel === 3 && /^YBR_(FULL|PARTIAL)_422$/.test(photometricInterpretation)
}
