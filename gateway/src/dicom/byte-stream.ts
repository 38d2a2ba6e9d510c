import { swapped } from './in-little-endian.ts'

/** Bytes that are read when they are asked for, with their number known before. */
export type SizedStream = { bytes: number; stream(): AsyncGenerator<Uint8Array> }

/** Turns the bytes of each unit round; what is left behind the last whole unit stays as it is. */
export async function* swapStream(
  stream: AsyncIterable<Uint8Array>,
  unitBytes: 2 | 4 | 8,
): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0)
  for await (const chunk of stream) {
    const bytes = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk])
    const whole = bytes.byteLength - (bytes.byteLength % unitBytes)
    rest = bytes.subarray(whole)
    if (whole > 0) yield swapped(bytes.subarray(0, whole), unitBytes)
  }
  if (rest.byteLength > 0) yield rest
}

/** Bytes `start` (inclusive) to `end` (exclusive) of a stream. */
export async function* sliceStream(
  stream: AsyncIterable<Uint8Array>,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  let position = 0
  for await (const chunk of stream) {
    const part = chunk.subarray(Math.max(0, start - position), Math.max(0, end - position))
    position += chunk.byteLength
    if (part.byteLength > 0) yield part
    if (position >= end) return
  }
}

/** Moves every bit towards the start by `bits` (1–7): pixel 0 is the lowest bit of the first byte, PS3.5 Annex D. */
export async function* shiftStream(
  stream: AsyncIterable<Uint8Array>,
  bits: number,
): AsyncGenerator<Uint8Array> {
  let previous: number | null = null
  for await (const chunk of stream) {
    const shifted = Buffer.alloc(chunk.byteLength + (previous === null ? -1 : 0))
    let at = 0
    for (const byte of chunk) {
      if (previous !== null) shifted[at++] = (previous >> bits) | ((byte << (8 - bits)) & 0xff)
      previous = byte
    }
    if (shifted.byteLength > 0) yield shifted
  }
  if (previous !== null) yield Buffer.of(previous >> bits)
}
