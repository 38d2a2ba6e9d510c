import type { DataSetBytes } from './data-set-bytes.ts'

const firstReadBytes = 64 * 1024
const readAfterSkipBytes = 4 * 1024
const readBytesMax = 1024 * 1024

/**
 * A window that moves forward over the bytes of a data set, so that the walker reads synchronously nearly always.
 *
 * Reads ahead more while the header goes on, and little after a skip: behind skipped pixel data there are at most
 * a few bytes to look at, or the next fragment's header.
 */
export class ByteWindow {
  /** Position of the first byte in the window. */
  start = 0
  bytes: Uint8Array = new Uint8Array(0)
  view = new DataView(this.bytes.buffer)
  readonly source: DataSetBytes
  #readAheadBytes = firstReadBytes

  constructor(source: DataSetBytes) {
    this.source = source
  }

  has(position: number, count: number): boolean {
    return position >= this.start && position + count <= this.start + this.bytes.byteLength
  }

  /** Moves the window so that it starts at `position`; false when the bytes end before `position + count`. */
  async load(position: number, count: number): Promise<boolean> {
    if (position + count > this.source.bytes) return false
    const end = this.start + this.bytes.byteLength
    if (position >= end) {
      if (position > end) this.#readAheadBytes = readAfterSkipBytes
      this.#show(position, await this.source.pull(position, count, this.#readAheadBytes))
    } else {
      const kept = this.bytes.subarray(position - this.start)
      const added = await this.source.pull(end, count - kept.byteLength, this.#readAheadBytes)
      this.#show(position, Buffer.concat([kept, added]))
    }
    this.#readAheadBytes = Math.min(readBytesMax, this.#readAheadBytes * 2)
    return this.bytes.byteLength >= count
  }

  #show(position: number, bytes: Uint8Array): void {
    this.start = position
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
}
