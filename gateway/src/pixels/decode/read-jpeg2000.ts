import { PixelError } from '../pixel-error.ts'

export type Jpeg2000 = {
  rows: number
  columns: number
  samplesPerPixel: number
  precision: number
  signed: boolean
  /** RCT or ICT is used: the decoder's output is RGB. */
  componentTransform: boolean
  /** The block coder is that of Part 15. */
  highThroughput: boolean
  /** The raw codestream, without a JP2 file's boxes. */
  codestream: Uint8Array
}

/**
 * Reads the main header of a JPEG 2000 codestream, inside a JP2 file or not.
 *
 * @throws {PixelError} `damaged`, `unsupported` where components differ in size
 * @see ITU-T T.800 §A.5.1 SIZ, §A.6.1 COD, §I.5 boxes; T.814 §A.3 CAP
 */
export function readJpeg2000(bytes: Uint8Array): Jpeg2000 {
  const codestream = contiguousCodestream(bytes)
  const view = new DataView(codestream.buffer, codestream.byteOffset, codestream.byteLength)
  const capabilities: number[] = []
  let size: Omit<Jpeg2000, 'componentTransform' | 'highThroughput' | 'codestream'> | null = null

  for (let position = 2; position + 4 <= view.byteLength;) {
    const marker = view.getUint16(position)
    const length = view.getUint16(position + 2)
    const end = position + 2 + length
    if (length < 2 || end > view.byteLength) break
    if (marker === 0xff51 && length >= 41) {
      const components = view.getUint16(position + 38)
      const depth = view.getUint8(position + 40)
      for (let component = 0; component < components; component++) {
        const at = position + 40 + component * 3
        if (at + 3 > end) throw new PixelError('damaged', 'a JPEG 2000 size segment that is too short')
        const alike = view.getUint8(at) === depth && view.getUint16(at + 1) === 0x0101
        if (!alike) throw new PixelError('unsupported', 'JPEG 2000 with components of different size')
      }
      size = {
        columns: view.getUint32(position + 6) - view.getUint32(position + 14),
        rows: view.getUint32(position + 10) - view.getUint32(position + 18),
        samplesPerPixel: components,
        precision: (depth & 0x7f) + 1,
        signed: depth >= 0x80,
      }
    } else if (marker === 0xff50 && length >= 6) {
      capabilities.push(view.getUint32(position + 4))
    } else if (marker === 0xff52 && length >= 12) {
      if (size === null) break
      return {
        ...size,
        componentTransform: view.getUint8(position + 8) === 1,
        highThroughput: capabilities.some((parts) => (parts & 0x00020000) !== 0), // Pcap bit 15
        codestream,
      }
    }
    position = end
  }
  throw new PixelError('damaged', 'a JPEG 2000 frame without its main header')
}

function contiguousCodestream(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.byteLength >= 4 && view.getUint32(0) === 0xff4fff51) return bytes
  for (let position = 0; position + 8 <= view.byteLength;) {
    const length = view.getUint32(position)
    const name = view.getUint32(position + 4)
    const header = length === 1 ? 16 : 8
    if (name === 0x6a703263) return bytes.subarray(position + header) // 'jp2c', the last box
    if (length < header) break // 0 means "to the end", 1 a 64-bit length that only 'jp2c' could need
    position += length
  }
  throw new PixelError('damaged', 'a JP2 file without a codestream')
}
