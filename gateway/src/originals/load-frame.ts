import type { Archive } from '../archive/archive.ts'
import type { FrameIndex } from '../dicom/frame-index.ts'
import { frameRanges, isSentAsStored, readFrame } from '../dicom/read-frame.ts'
import { GatewayError } from '../errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { PixelError } from '../pixels/pixel-error.ts'
import type { FrameBytes, LentFrame } from '../pixels/pixels.ts'
import { giveBackMemory, ownMemory } from '../own-memory.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { originalName } from './original-name.ts'
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
  return load(ports, tenantId, held, number, placeOf(ports, held, number))
}

/**
 * As `loadFrame`, for the pixel processes: a frame that lies on this machine as it is wanted is not read here, but by the
 * process that works on it; by `loadFrame` where that finds it absent or damaged.
 *
 * @throws as `loadFrame`
 */
export async function lendFrame(
  ports: Ports,
  tenantId: string,
  held: HeldInstance,
  number: number,
): Promise<FrameBytes | LentFrame> {
  const place = placeOf(ports, held, number)
  const { index, ranges } = place
  const [range, second] = ranges
  const otherwise = () => load(ports, tenantId, held, number, place)
  const mayBeLent =
    ports.objectStore.near &&
    held.originalState === 'secured' &&
    second === undefined &&
    isSentAsStored(index) &&
    range.end - range.start >= lentBytesMin
  const object = { tenantId, name: originalName(held.instanceId) }
  const lent = mayBeLent
    ? await ports.objectStore.lend(object, { start: range.start, end: range.end - 1 }).catch(() => null)
    : null // what was wrong says the other way
  if (!lent) return otherwise()
  const { transferSyntaxUid } = held
  return { name: `${held.instanceId} ${number}`, lent, transferSyntaxUid, otherwise }
}

/** Smaller ones are sent as fast. */
const lentBytesMin = 128 * 1024

type ByteStretch = { start: number; end: number }
type FramePlace = {
  index: FrameIndex
  /** of the file; `end` exclusive */
  ranges: [ByteStretch, ...ByteStretch[]]
}

function placeOf(ports: Ports, held: HeldInstance, number: number): FramePlace {
  const index = held.frameIndex
  if (!index) throw new GatewayError('no-pixel-data', 'This instance has no pixel data.')
  const [first, ...others] = frameRanges(index, number) ?? []
  if (!first) throw new GatewayError('not-found', `This instance has ${held.frames} frames.`)

  const ranges: FramePlace['ranges'] = [first, ...others]
  const frameBytes = ranges.reduce((sum, { start, end }) => sum + end - start, 0)
  if (frameBytes > ports.frameBytesMax) {
    throw new PixelError(
      'too-large',
      `a frame of ${frameBytes} bytes is more than the ${ports.frameBytesMax} that are taken into memory`,
    )
  }
  return { index, ranges }
}

async function load(
  ports: Ports,
  tenantId: string,
  held: HeldInstance,
  number: number,
  { index, ranges }: FramePlace,
): Promise<FrameBytes> {
  const [first] = ranges
  const last = ranges.at(-1) ?? first
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
