import type { OpenAccess } from '@bitewing/db'
import type { Context } from 'hono'
import { isCurrent } from '../conditional.ts'
import type { OutgoingPart } from '../dicom/multipart/write-multipart.ts'
import { readBulkData } from '../dicom/read-bulk-data.ts'
import { readFrame } from '../dicom/read-frame.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import { assertAtHand } from '../originals/at-hand.ts'
import { describeImage } from '../originals/describe-image.ts'
import { loadFrame } from '../originals/load-frame.ts'
import { originalSource } from '../originals/read-original.ts'
import { PixelError } from '../pixels/pixel-error.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import type { IndexedFile } from '../study-index/instance-indexes.ts'
import type { Acceptable } from './accept.ts'
import { instanceUrl } from './dicomweb-url.ts'
import { etagOf } from './etag-of.ts'
import { countMultipart, multipartResponse, payloadHeaders } from './multipart-response.ts'
import type { Retrieved } from './retrieved.ts'
import { explicitVrLittleEndian, isUncompressed, storedForm } from './stored-media-type.ts'
import type { WadoDependencies } from './wado-routes.ts'

const pixelDataPath = '7FE00010'

/** Parts of one answer: a file of a megabyte may have millions of frames, and the answer would never end. */
const partsMax = 20_000

/**
 * All bulk data, or the pixel data alone, of a study, series or instance as multipart, PS3.18 §10.4.3.3.5 and
 * §10.4.3.3.6. A bulk value is a part under the address that the metadata gives it; compressed pixel data is a part
 * for each frame, as stored for `transfer-syntax=*`, else decoded where a decoder takes it. Of pixel data alone each
 * frame is a part, native ones too, under the frame's address.
 *
 * The parts are gone through twice, to know how long the answer is and to write it; neither holds more of them than
 * belong to a few instances.
 *
 * @param dicomwebRoot absolute URL
 * @throws {GatewayError} `not-found`, `no-pixel-data` when there is none, `not-acceptable`
 */
export async function retrieveBulkData(
  c: Context<AllowedEnv>,
  dependencies: WadoDependencies,
  { files, indexed, whole }: Retrieved,
  which: 'all' | 'pixels',
  accepted: readonly Acceptable[],
  dicomwebRoot: string,
  access: OpenAccess,
): Promise<Response> {
  const { tenantId } = c.var.access
  const wanted = accepted.find(
    ({ type, multipart }) =>
      type === '*/*' || (multipart && ['application/octet-stream', 'application/*'].includes(type)),
  )
  const decode = wanted?.transferSyntax !== '*'
  if (!wanted || ![null, '*', explicitVrLittleEndian].includes(wanted.transferSyntax)) {
    throw new GatewayError(
      'not-acceptable',
      'Bulk data of several values is multipart/related; type="application/octet-stream".',
    )
  }

  const asStored = ({ held: one, path, frame }: Value): OutgoingPart[] => {
    const root = instanceUrl(dicomwebRoot, one)
    if (frame === null) {
      const value = readBulkData(originalSource(dependencies, tenantId, one), one.bulkIndex, path)
      return (value?.parts ?? []).map((part) => ({
        contentType: typeOf(one, path),
        headers: { 'Content-Location': `${root}/bulkdata/${path}` },
        body: counted(part, access),
      }))
    }
    const location = which === 'all' ? `${root}/bulkdata/${path}` : `${root}/frames/${frame}`
    const sized =
      one.frameIndex && readFrame(originalSource(dependencies, tenantId, one), one.frameIndex, frame)
    return sized
      ? [
          {
            contentType: `application/octet-stream; transfer-syntax=${storedForm(one.transferSyntaxUid).transferSyntax}`,
            headers: { 'Content-Location': location },
            body: counted(sized, access, 1),
          },
        ]
      : []
  }
  const toDecode = ({ held: one, frame }: Value) =>
    decode && frame !== null && !isUncompressed(one.transferSyntaxUid)

  const length = countMultipart()
  let count = 0
  let isNothing = true
  let anyToDecode = false
  for await (const one of indexed()) {
    count += valuesCount(one, which)
    if (count > partsMax) {
      throw new GatewayError(
        'not-acceptable',
        `One answer has at most ${partsMax} parts; ask for fewer at a time.`,
      )
    }
    for (const value of valuesOf(one, which)) {
      isNothing = false
      anyToDecode ||= toDecode(value)
      for (const part of asStored(value)) length.add(part)
    }
  }
  if (isNothing) {
    throw which === 'all'
      ? new GatewayError('not-found', 'There is no bulk data.')
      : new GatewayError('no-pixel-data', 'There is no pixel data.')
  }
  payloadHeaders(c)
  const etag = etagOf(files, `${which} ${decode} ${dicomwebRoot}`)
  if (isCurrent(c, etag)) return c.body(null, 304)
  await assertAtHand(dependencies.objectStore, tenantId, files)

  const parts = {
    async *[Symbol.asyncIterator](): AsyncGenerator<OutgoingPart> {
      for await (const one of indexed()) {
        let known: HeldInstance | null = null
        for (const value of valuesOf(one, which)) {
          const [stored] = asStored(value)
          if (!toDecode(value) || value.frame === null || !stored) {
            yield* asStored(value)
            continue
          }
          known ??= await whole(one)
          const bytes = await decoded(dependencies, tenantId, known, value.frame)
          if (bytes) access.count({ frames: 1, bytes: bytes.byteLength })
          const contentType = `application/octet-stream; transfer-syntax=${explicitVrLittleEndian}`
          yield bytes ? { ...stored, contentType, body: bytes } : stored
        }
      }
    },
  }
  return anyToDecode
    ? multipartResponse(c, 'application/octet-stream', parts)
    : multipartResponse(c, 'application/octet-stream', parts, { etag, contentLength: length.bytes() })
}

/** A bulk value; with `frame`, that frame of the pixel data. */
type Value = { held: IndexedFile; path: string; frame: number | null }

/** At most so many come of `valuesOf`. */
function valuesCount(
  { bulkIndex, frameIndex, transferSyntaxUid }: IndexedFile,
  which: 'all' | 'pixels',
): number {
  const frames = which === 'pixels' || !isUncompressed(transferSyntaxUid) ? (frameIndex?.frames ?? 0) : 0
  return frames + (which === 'all' ? Object.keys(bulkIndex.values).length : 0)
}

function* valuesOf(held: IndexedFile, which: 'all' | 'pixels'): Generator<Value> {
  const { frameIndex, transferSyntaxUid } = held
  function* frames(): Generator<Value> {
    for (let frame = 1; frame <= (frameIndex?.frames ?? 0); frame++) {
      yield { held, path: pixelDataPath, frame }
    }
  }
  if (which === 'pixels') {
    yield* frames()
    return
  }
  for (const path of Object.keys(held.bulkIndex.values)) {
    if (path === pixelDataPath && frameIndex && !isUncompressed(transferSyntaxUid)) yield* frames()
    else yield { held, path, frame: null }
  }
}

function typeOf({ transferSyntaxUid }: IndexedFile, path: string): string {
  return path === pixelDataPath
    ? `application/octet-stream; transfer-syntax=${storedForm(transferSyntaxUid).transferSyntax}`
    : 'application/octet-stream'
}

function counted<T extends { bytes: number; stream(): AsyncGenerator<Uint8Array> }>(
  part: T,
  access: OpenAccess,
  frames = 0,
): { bytes: number; stream(): AsyncGenerator<Uint8Array> } {
  return {
    bytes: part.bytes,
    stream() {
      access.count({ frames, bytes: part.bytes })
      return part.stream()
    },
  }
}

/** null where no decoder takes it: video and what nobody knows leaves as stored (declared). */
async function decoded(
  dependencies: WadoDependencies,
  tenantId: string,
  held: HeldInstance,
  number: number,
): Promise<Uint8Array | null> {
  try {
    const frame = await loadFrame(dependencies, tenantId, held, number)
    const image = await describeImage(dependencies, tenantId, held, number)
    return (await dependencies.pixels.decode({ frame, image })).bytes
  } catch (error) {
    if (error instanceof PixelError && !error.isPassing) return null
    throw error
  }
}
