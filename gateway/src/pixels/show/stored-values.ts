import type { ImageDescription } from '../pixels.ts'

/** Allocated words of up to 16 bits, in native little endian; single bits become bytes. */
export function allocatedWords(bytes: Uint8Array, image: ImageDescription): Uint8Array | Uint16Array {
  if (image.bitsAllocated === 8) return bytes
  if (image.bitsAllocated === 1) {
    const words = new Uint8Array(image.rows * image.columns)
    for (let index = 0; index < words.length; index++)
      words[index] = ((bytes[index >> 3] ?? 0) >> (index & 7)) & 1
    return words
  }
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes)
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 1)
}

/**
 * The number that an allocated word holds: the stored bits alone, for overlays and rubbish may lie in the others.
 *
 * @see DICOM PS3.5 §8.1.1 Bits Stored and High Bit
 */
export function storedValue({
  bitsStored,
  highBit,
  signed,
}: Pick<ImageDescription, 'bitsStored' | 'highBit' | 'signed'>): (word: number) => number {
  const shift = highBit + 1 - bitsStored
  const mask = 2 ** bitsStored - 1 // bits stored ≤ 16 here
  const half = 2 ** (bitsStored - 1)
  return (word) => {
    const value = (word >> shift) & mask
    return signed && value >= half ? value - mask - 1 : value
  }
}
