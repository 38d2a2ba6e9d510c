/** Encapsulated Pixel Data from its Basic Offset Table to its Sequence Delimitation Item. */
export type EncapsulatedValue = {
  /** null when it is not known before */
  bytes: number | null
  stream(): AsyncIterable<Uint8Array>
}

/**
 * Frames that are all there, one fragment each, with a Basic Offset Table.
 *
 * @param frames bit streams of even length
 * @see DICOM PS3.5 §A.4
 */
export function encapsulate(frames: readonly Uint8Array[]): EncapsulatedValue {
  const table = Buffer.alloc(frames.length * 4)
  let offset = 0
  for (const [index, frame] of frames.entries()) {
    table.writeUInt32LE(offset, index * 4)
    offset += 8 + evenLength(frame)
  }
  return {
    bytes: 8 + table.length + offset + 8,
    async *stream() {
      yield item(table)
      for (const frame of frames) yield item(frame)
      yield delimiter()
    },
  }
}

/** Frames that come one after the other, one fragment each; the Basic Offset Table is empty, as §A.4 allows. */
export function encapsulateStream(frames: () => AsyncIterable<Uint8Array>): EncapsulatedValue {
  return {
    bytes: null,
    async *stream() {
      yield item(new Uint8Array(0))
      for await (const frame of frames()) yield item(frame)
      yield delimiter()
    },
  }
}

const evenLength = ({ byteLength }: Uint8Array) => byteLength + (byteLength % 2)

function item(content: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(8 + evenLength(content))
  bytes.writeUInt16LE(0xfffe, 0)
  bytes.writeUInt16LE(0xe000, 2)
  bytes.writeUInt32LE(evenLength(content), 4)
  bytes.set(content, 8)
  return bytes
}

function delimiter(): Uint8Array {
  return Buffer.from('feffdde000000000', 'hex')
}
