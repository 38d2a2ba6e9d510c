import { PixelError } from './pixel-error.ts'

/**
 * Expands Segmented Palette Color Lookup Table Data into plain entries.
 *
 * @param segments 16-bit words (for 8-bit tables the opcodes and entries are bytes, one to a word here)
 * @param count entries the descriptor promises
 * @throws {PixelError} `damaged` for an unknown opcode or a table that is not `count` long
 * @see DICOM PS3.3 §C.7.9.2 Segmented Palette Color Lookup Table
 */
export function expandSegmentedPalette(segments: Uint16Array, count: number): Uint16Array {
  const entries = new Uint16Array(count)
  let filled = 0
  let empty = 0

  const put = (value: number) => {
    if (filled >= count)
      throw new PixelError('damaged', 'a segmented palette holds more entries than it declares')
    entries[filled++] = value
  }
  const word = (position: number) => {
    const value = segments[position]
    if (value === undefined) throw new PixelError('damaged', 'a segmented palette ends inside a segment')
    return value
  }
  /** One discrete or linear segment; answers where the next begins. */
  const direct = (position: number): number => {
    const length = word(position + 1)
    // repeats of nothing would go on for hours
    if (length === 0 && ++empty > count)
      throw new PixelError('damaged', 'a segmented palette is made of empty segments')
    if (word(position) === 0) {
      for (let index = 0; index < length; index++) put(word(position + 2 + index))
      return position + 2 + length
    }
    const from = entries[filled - 1]
    if (from === undefined)
      throw new PixelError('damaged', 'a segmented palette begins with a linear segment')
    const to = word(position + 2)
    for (let step = 1; step <= length; step++) put(Math.round(from + ((to - from) * step) / length))
    return position + 3
  }

  let position = 0
  while (filled < count) {
    const opcode = word(position)
    if (opcode === 0 || opcode === 1) {
      position = direct(position)
    } else if (opcode === 2) {
      // Indirect: repeats `copies` segments that begin at a byte offset; indirect ones do not nest.
      const copies = word(position + 1)
      let source = (word(position + 2) | (word(position + 3) << 16)) >>> 1
      for (let copy = 0; copy < copies; copy++) {
        if (word(source) > 1) throw new PixelError('damaged', 'a segmented palette repeats a repeat')
        source = direct(source)
      }
      position += 4
    } else {
      throw new PixelError('damaged', 'a segmented palette has an unknown segment')
    }
  }
  return entries
}
