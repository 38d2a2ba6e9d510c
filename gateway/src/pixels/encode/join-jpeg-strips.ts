const soi = 0xd8
const eoi = 0xd9
const baselineFrame = 0xc0
const startOfScan = 0xda
const defineRestartInterval = 0xdd
const firstRestart = 0xd0
/** Restart markers count from 0 to 7, over and over (ITU-T T.81 §B.1.1.3). */
const restarts = 8
export const restartIntervalMax = 65_535
/** Rows of a block, and of a minimum coded unit where no component is subsampled. */
export const blockSide = 8

/**
 * One baseline JPEG of strips that were encoded each for itself, at the same time: their entropy-coded data one after the
 * other, with restart markers between. A strip begins as after a restart marker: at a whole byte, and with no
 * coefficient before it.
 *
 * @param strips from top to bottom, as wide as each other, with the same tables and sampling, without subsampling; all but
 *   the last as high as each other, a multiple of `blockSide`
 * @throws {Error} for what is not such a JPEG
 * @see ITU-T T.81 §B.2.1, §B.2.4.4, §E.1.4
 */
export function joinJpegStrips(strips: readonly Buffer[]): Buffer {
  const read = strips.map(readStrip)
  const [first, ...others] = read
  if (!first) throw new Error('no strips')
  const interval = Math.ceil(first.width / blockSide) * (first.height / blockSide)
  if (!Number.isInteger(interval) || interval > restartIntervalMax)
    throw new Error('strips of no restart interval')
  for (const [index, { width, height }] of others.entries()) {
    const isLast = index === others.length - 1
    if (width !== first.width || (isLast ? height > first.height : height !== first.height)) {
      throw new Error('strips that do not belong together')
    }
  }

  const head = Buffer.from(first.bytes.subarray(0, first.scanAt)) // a copy: the frame's height is another
  head.writeUInt16BE(
    read.reduce((sum, { height }) => sum + height, 0),
    first.heightAt,
  )
  const intervalSegment = Buffer.from([0xff, defineRestartInterval, 0, 4, interval >> 8, interval & 0xff])
  const parts = [head, intervalSegment, first.bytes.subarray(first.scanAt, first.endAt)]
  for (const [index, { bytes, dataAt, endAt }] of others.entries()) {
    parts.push(Buffer.from([0xff, firstRestart + (index % restarts)]), bytes.subarray(dataAt, endAt))
  }
  parts.push(Buffer.from([0xff, eoi]))
  return Buffer.concat(parts)
}

function readStrip(bytes: Buffer) {
  if (bytes.readUInt16BE(0) !== 0xff00 + soi || bytes.readUInt16BE(bytes.length - 2) !== 0xff00 + eoi) {
    throw new Error('a strip that is no JPEG')
  }
  let frame: { heightAt: number; height: number; width: number } | null = null
  for (let at = 2; ;) {
    const marker = bytes.readUInt16BE(at) - 0xff00
    const dataAt = at + 2 + bytes.readUInt16BE(at + 2)
    // of a frame: precision 1, lines 2, samples of a line 2, components 1, and of each identifier and sampling factors
    if (marker === baselineFrame) {
      frame = { heightAt: at + 5, height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
    }
    if (marker === startOfScan) {
      if (!frame) throw new Error('a strip that is no baseline JPEG')
      return { bytes, ...frame, scanAt: at, dataAt, endAt: bytes.length - 2 }
    }
    at = dataAt
  }
}
