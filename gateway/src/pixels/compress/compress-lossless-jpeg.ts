import type { CodecSamples } from './codec-samples.ts'
import { huffmanCode, type HuffmanCode } from './huffman-code.ts'

/**
 * JPEG Lossless (Process 14, Selection Value 1): differences to the pixel on the left, in a Huffman code made for
 * this frame. Components named R, G and B where they are, so that no reader takes them for YCbCr.
 *
 * @see ITU-T T.81 §H; DICOM PS3.5 §A.4.1, transfer syntax 1.2.840.10008.1.2.4.70
 */
export function compressLosslessJpeg(samples: CodecSamples): Uint8Array {
  const { rows, columns, samplesPerPixel, precision, photometricInterpretation } = samples
  const differences = differencesOf(samples)
  const counts = new Uint32Array(17)
  for (const difference of differences) {
    const category = categoryOf(difference)
    counts[category] = (counts[category] ?? 0) + 1
  }
  const code = huffmanCode(counts)
  const names = photometricInterpretation === 'RGB' ? [0x52, 0x47, 0x42] : [1, 2, 3]
  const components = names.slice(0, samplesPerPixel)
  const head = Buffer.from([
    ...[0xff, 0xd8],
    ...segment(0xc3, [
      precision,
      ...word(rows),
      ...word(columns),
      samplesPerPixel,
      ...components.flatMap((name) => [name, 0x11, 0]),
    ]),
    ...segment(0xc4, [0, ...code.lengths, ...code.symbols]),
    ...segment(0xda, [samplesPerPixel, ...components.flatMap((name) => [name, 0]), 1, 0, 0]),
  ])
  return Buffer.concat([head, entropyCoded(differences, counts, code), Buffer.from([0xff, 0xd9])])
}

const word = (value: number) => [value >> 8, value & 0xff]
const segment = (marker: number, content: number[]) => [0xff, marker, ...word(content.length + 2), ...content]

/** Each sample minus its prediction, from −32767 to 32768 (§H.1.2.1). */
function differencesOf({ values, rows, columns, samplesPerPixel, precision }: CodecSamples): Int32Array {
  const differences = new Int32Array(rows * columns * samplesPerPixel)
  const stride = columns * samplesPerPixel
  for (let row = 0, index = 0; row < rows; row++) {
    for (let sample = 0; sample < stride; sample++, index++) {
      const before = sample >= samplesPerPixel ? index - samplesPerPixel : index - stride
      const prediction = before < 0 ? 2 ** (precision - 1) : (values[before] ?? 0)
      const difference = (((values[index] ?? 0) - prediction) << 16) >> 16
      differences[index] = difference === -32768 ? 32768 : difference
    }
  }
  return differences
}

/** Bits of the magnitude, SSSS of Table H.2; 16 for 32768 alone. */
const categoryOf = (difference: number) => 32 - Math.clz32(Math.abs(difference))

function entropyCoded(differences: Int32Array, counts: Uint32Array, code: HuffmanCode): Uint8Array {
  const bits = counts.reduce(
    (sum, count, category) => sum + count * ((code.sizes[category] ?? 0) + (category === 16 ? 0 : category)),
    0,
  )
  const output = new Uint8Array(Math.ceil(bits / 8) * 2) // every byte might be stuffed
  let write = 0
  let held = 0
  let heldBits = 0
  const put = (value: number, count: number) => {
    held = (held << count) | value // at most 7 + 16 bits
    heldBits += count
    while (heldBits >= 8) {
      heldBits -= 8
      const byte = (held >>> heldBits) & 0xff
      output[write++] = byte
      if (byte === 0xff) output[write++] = 0
    }
    held &= (1 << heldBits) - 1
  }
  for (const difference of differences) {
    const category = categoryOf(difference)
    put(code.codes[category] ?? 0, code.sizes[category] ?? 0)
    if (category > 0 && category < 16) {
      put(difference > 0 ? difference : difference + 2 ** category - 1, category)
    }
  }
  if (heldBits > 0) put(2 ** (8 - heldBits) - 1, 8 - heldBits)
  return output.subarray(0, write)
}
