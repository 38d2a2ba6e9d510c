import type { Archive } from '../archive/archive.ts'
import { frameRanges, isSentAsStored, readFrame } from '../dicom/read-frame.ts'
import { GatewayError } from '../errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { PixelError } from '../pixels/pixel-error.ts'
import type { FrameBytes } from '../pixels/pixels.ts'
import { giveBackMemory, ownMemory } from '../own-memory.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { originalSource } from './read-original.ts'
import { spanSource } from './span-source.ts'

type Ports = {
  archive: Archive
  objectStore: ObjectStore
  /** largest frame that is held in memory, in bytes */
  frameBytesMax: number
}

/** Longest stretch of a file that is fetched by one request; what is longer comes piece by piece. */
const spanBytesMax = 256 * 1024 * 1024

const unitBytesMax = 8

/**
 * One frame of an instance, in memory: fetched by one request that spans just its bytes. Nothing of a frame that is
 * too large is read.
 *
 * @param number 1-based
 * @throws {GatewayError} `no-pixel-data`, `not-found` past the last frame
 * @throws {PixelError} `too-large`
 */
export async function loadFrame(
  ports: Ports,
  tenantId: string,
  held: HeldInstance,
  number: number,
): Promise<FrameBytes> {
  const index = held.frameIndex
  if (!index) throw new GatewayError('no-pixel-data', 'This instance has no pixel data.')
  const ranges = frameRanges(index, number)
  const [first] = ranges ?? []
  const last = ranges?.at(-1)
  if (!ranges || !first || !last)
    throw new GatewayError('not-found', `This instance has ${held.frames} frames.`)

  const frameBytes = ranges.reduce((sum, { start, end }) => sum + end - start, 0)
  if (frameBytes > ports.frameBytesMax) {
    throw new PixelError(
      'too-large',
      `a frame of ${frameBytes} bytes is more than the ${ports.frameBytesMax} that are taken into memory`,
    )
  }

  // big-endian units may reach past a frame of odd length at either end
  const span = {
    start: Math.max(0, first.start - unitBytesMax),
    end: Math.min(held.fileBytes, last.end + unitBytesMax) - 1,
  }
  const bounded = !index.deflated && span.end - span.start < spanBytesMax
  const source = bounded
    ? await spanSource(ports, tenantId, held, span)
    : originalSource(ports, tenantId, held)
  const frame = source && readFrame(source, index, number)
  if (!frame) throw new Error('an original is in neither of its places')
  const { transferSyntaxUid } = held

  // a frame in one piece is the stretch that was read, without another copy
  if (bounded && ranges.length === 1 && isSentAsStored(index)) {
    const bytes = await source.read(first.start, first.end)
    if (bytes.byteLength !== frame.bytes) throw tooShort()
    return { bytes, transferSyntaxUid }
  }

  // of several no more is held than the frame
  const bytes = ownMemory(Buffer.allocUnsafeSlow(frame.bytes))
  let filled = 0
  let read: Uint8Array | null = null
  for await (const chunk of frame.stream()) {
    if (filled + chunk.byteLength > bytes.byteLength) throw tooShort()
    bytes.set(chunk, filled)
    filled += chunk.byteLength
    read = chunk
  }
  if (filled !== frame.bytes) throw tooShort()
  if (read) giveBackMemory(read)
  return { bytes, transferSyntaxUid }
}

const tooShort = () => new Error('an original does not hold of a frame what its index says')
