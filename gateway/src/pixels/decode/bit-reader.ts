import { PixelError } from '../pixel-error.ts'
import type { HuffmanTable } from './read-jpeg.ts'

/** Reads Huffman codes and bits from unstuffed entropy-coded data, most significant bit first. */
export class BitReader {
  readonly bytes: Uint8Array
  private position = 0
  private buffer = 0
  private count = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** At least 25 bits in the buffer; zeros beyond the end, which `checkEnd` finds. */
  private fill(): void {
    while (this.count <= 24) {
      this.buffer =
        (this.buffer << 8) | (this.position < this.bytes.length ? (this.bytes[this.position] ?? 0) : 0)
      this.position++
      this.count += 8
    }
  }

  /** The next symbol of a Huffman code. */
  symbol(table: HuffmanTable): number {
    if (this.count < 16) this.fill()
    const entry = table.lookup[(this.buffer >>> (this.count - 16)) & 0xffff] ?? 0
    if (entry === 0) throw new PixelError('damaged', 'a code that is in no Huffman table')
    this.count -= entry >> 8
    return entry & 0xff
  }

  /** The next `length` bits as they are; 0–16. */
  bits(length: number): number {
    if (length === 0) return 0
    if (this.count < length) this.fill()
    this.count -= length
    return (this.buffer >>> this.count) & ((1 << length) - 1)
  }

  /** The next `length` bits as a signed difference (T.81 §F.2.2.1, EXTEND). */
  difference(length: number): number {
    if (length === 0) return 0
    const value = this.bits(length)
    return value < 1 << (length - 1) ? value - (1 << length) + 1 : value
  }

  /** @throws {PixelError} `damaged` when more bits were read than there are */
  checkEnd(): void {
    if (this.position * 8 - this.count > this.bytes.length * 8) {
      throw new PixelError('damaged', 'the JPEG data ends too early')
    }
  }
}
