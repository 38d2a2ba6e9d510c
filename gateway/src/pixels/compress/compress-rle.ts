import type { ImageDescription } from '../pixels.ts'

/**
 * RLE Lossless: one segment for each byte of each sample, most significant byte first, each line coded by itself.
 *
 * @param bytes little endian words of `bitsAllocated`, samples pixel by pixel
 * @see DICOM PS3.5 §G.3 to §G.5
 */
export function compressRle(
  bytes: Uint8Array,
  {
    rows,
    columns,
    samplesPerPixel,
    bitsAllocated,
  }: Pick<ImageDescription, 'rows' | 'columns' | 'samplesPerPixel' | 'bitsAllocated'>,
): Uint8Array {
  const sampleBytes = bitsAllocated / 8
  const stride = samplesPerPixel * sampleBytes
  const header = Buffer.alloc(64)
  header.writeUInt32LE(stride, 0)
  const pieces: Uint8Array[] = [header]
  let position = 64
  const line = new Uint8Array(columns)
  for (let segment = 0; segment < stride; segment++) {
    const sample = Math.floor(segment / sampleBytes)
    const first = sample * sampleBytes + (sampleBytes - 1 - (segment % sampleBytes))
    header.writeUInt32LE(position, 4 + segment * 4)
    // at worst a control byte for each 128
    const packed = new Uint8Array(rows * (columns + Math.ceil(columns / 128)) + 1)
    let length = 0
    for (let row = 0; row < rows; row++) {
      for (
        let column = 0, read = row * columns * stride + first;
        column < columns;
        column++, read += stride
      ) {
        line[column] = bytes[read] ?? 0
      }
      length = packLine(line, packed, length)
    }
    const even = length + (length % 2)
    pieces.push(packed.subarray(0, even))
    position += even
  }
  return Buffer.concat(pieces)
}

/** PackBits: runs of three and more, and of two where no literal is open. @returns where the next line begins */
function packLine(line: Uint8Array, output: Uint8Array, start: number): number {
  let write = start
  let literal = 0 // bytes before `read` that are not written yet
  const flush = (end: number) => {
    for (let from = end - literal; from < end; from += 128) {
      const count = Math.min(128, end - from)
      output[write++] = count - 1
      output.set(line.subarray(from, from + count), write)
      write += count
    }
    literal = 0
  }
  for (let read = 0; read < line.length;) {
    let run = 1
    while (run < 128 && read + run < line.length && line[read + run] === line[read]) run++
    if (run >= 3 || (run === 2 && literal === 0)) {
      flush(read)
      output[write++] = 257 - run
      output[write++] = line[read] ?? 0
    } else {
      literal += run
    }
    read += run
  }
  flush(line.length)
  return write
}
