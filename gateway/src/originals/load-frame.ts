import type { Archive } from '../archive/archive.ts'
import { frameRanges, readFrame } from '../dicom/read-frame.ts'
import { GatewayError } from '../errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import type { FrameBytes } from '../pixels/pixels.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { originalSource } from './read-original.ts'
import { spanSource } from './span-source.ts'

type Ports = { archive: Archive; objectStore: ObjectStore }

/** Largest stretch of a file held in memory for one frame, in bytes. */
const spanBytesMax = 256 * 1024 * 1024

const unitBytesMax = 8

/**
 * One frame of an instance, in memory: fetched by one request that spans just its bytes.
 *
 * @param number 1-based
 * @throws {GatewayError} `no-pixel-data`, `not-found` past the last frame
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
  if (!first || !last) throw new GatewayError('not-found', `This instance has ${held.frames} frames.`)

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

  const chunks: Uint8Array[] = []
  for await (const chunk of frame.stream()) chunks.push(chunk)
  // a frame in one piece is the stretch that was read, without another copy
  const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
  return { bytes, transferSyntaxUid: held.transferSyntaxUid }
}
