import { numberOf, textOf } from './attribute.ts'
import type { ParsedInstance } from './data-set.ts'
import { representationOf } from './value-representation.ts'

/** What the Image Pixel Module (PS3.3 C.7.6.3) says of native pixel data. */
export type PixelLayout = {
  /** Number of Frames (0028,0008) as declared, at least 1. */
  frames: number
  /** Bits of one frame as declared, without padding; 0 when the attributes make no image. */
  bitsPerFrame: number
  /** Units of so many bytes are stored in the other byte order. */
  swapBytes: 2 | 4 | 8 | null
}

/** Reads the layout; bits are exact integers as long as rows and columns are 16-bit, which they are. */
export function pixelLayout(
  parsed: Pick<ParsedInstance, 'attributes' | 'pixelData' | 'bigEndianPixels'>,
): PixelLayout {
  const { attributes, pixelData } = parsed
  const rows = numberOf(attributes, '00280010') ?? 0
  const columns = numberOf(attributes, '00280011') ?? 0
  const samples = numberOf(attributes, '00280002') ?? 1
  const bitsAllocated = bitsAllocatedOf(parsed)
  const frames = Math.max(1, Math.trunc(numberOf(attributes, '00280008') ?? 1))

  const pixels = rows * columns
  const full = pixels * samples * bitsAllocated
  const subsampled = pixels * samplesPerPixelStored(textOf(attributes, '00280004'), samples) * bitsAllocated
  // Some writers declare YBR_FULL_422 and store every sample: then there is room for it.
  const isFull = pixelData !== null && pixelData.length * 8 >= full * frames
  return { frames, bitsPerFrame: isFull ? full : subsampled, swapBytes: pixelSwapBytes(parsed) }
}

function bitsAllocatedOf({
  attributes,
  pixelData,
}: Pick<ParsedInstance, 'attributes' | 'pixelData'>): number {
  if (pixelData?.tag === '7FE00008') return 32
  if (pixelData?.tag === '7FE00009') return 64
  return numberOf(attributes, '00280100') ?? 0
}

/** Chrominance is stored for every second pixel (4:2:2) or every fourth (4:2:0), PS3.3 C.7.6.3.1.2. */
function samplesPerPixelStored(photometric: string | null, samples: number): number {
  if (samples !== 3 || !photometric?.startsWith('YBR_')) return samples
  if (photometric.endsWith('_422')) return 2
  return photometric.endsWith('_420') ? 1.5 : samples
}

/**
 * Byte order of pixel data other than little endian. OW is swapped in 16-bit words, but a pixel of 32 or 64 bits
 * lies there with its most significant word first (PS3.5 Annex D), so the whole pixel is turned.
 */
export function pixelSwapBytes(
  parsed: Pick<ParsedInstance, 'attributes' | 'pixelData' | 'bigEndianPixels'>,
): 2 | 4 | 8 | null {
  const { attributes, pixelData, bigEndianPixels } = parsed
  if (!pixelData || pixelData.fragments || !(attributes.bigEndian || bigEndianPixels)) return null
  const { unitBytes } = representationOf(pixelData.vr)
  if (unitBytes === 1) return null
  const pixelBytes = bitsAllocatedOf(parsed) / 8
  return pixelBytes === 4 || pixelBytes === 8 ? pixelBytes : unitBytes
}
