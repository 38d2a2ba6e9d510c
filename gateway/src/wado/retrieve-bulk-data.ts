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
import type { Acceptable } from './accept.ts'
import { instanceUrl } from './dicomweb-url.ts'
import { etagOf } from './etag-of.ts'
import { multipartResponse, payloadHeaders } from './multipart-response.ts'
import { explicitVrLittleEndian, isUncompressed, storedForm } from './stored-media-type.ts'
import type { WadoDependencies } from './wado-routes.ts'

const pixelDataPath = '7FE00010'

/** Parts of one answer: each is described in memory, and a file of a megabyte may have millions of frames. */
const partsMax = 20_000

/**
 * All bulk data, or the pixel data alone, of a study, series or instance as multipart, PS3.18 §10.4.3.3.5 and
 * §10.4.3.3.6. A bulk value is a part under the address that the metadata gives it; compressed pixel data is a part
 * for each frame, as stored for `transfer-syntax=*`, else decoded where a decoder takes it. Of pixel data alone each
 * frame is a part, native ones too, under the frame's address.
 *
 * @param dicomwebRoot absolute URL
 * @throws {GatewayError} `not-found`, `no-pixel-data` when there is none, `not-acceptable`
 */
export async function retrieveBulkData(
  c: Context<AllowedEnv>,
  dependencies: WadoDependencies,
  held: readonly HeldInstance[],
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

  if (held.reduce((sum, one) => sum + valuesCount(one, which), 0) > partsMax) {
    throw new GatewayError(
      'not-acceptable',
      `One answer has at most ${partsMax} parts; ask for fewer at a time.`,
    )
  }
  const values = held.flatMap((one) => valuesOf(one, which))
  if (values.length === 0) {
    throw which === 'all'
      ? new GatewayError('not-found', 'There is no bulk data.')
      : new GatewayError('no-pixel-data', 'There is no pixel data.')
  }
  payloadHeaders(c)
  const etag = etagOf(held, `${which} ${decode} ${dicomwebRoot}`)
  if (isCurrent(c, etag)) return c.body(null, 304)
  await assertAtHand(dependencies.objectStore, tenantId, held)

  const ofValue = ({ held: one, path, frame }: Value): OutgoingPart[] => {
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
  if (!values.some(toDecode)) {
    return multipartResponse(c, 'application/octet-stream', values.flatMap(ofValue), { etag })
  }
  async function* parts(): AsyncGenerator<OutgoingPart> {
    for (const value of values) {
      const [stored] = ofValue(value)
      if (!toDecode(value) || value.frame === null || !stored) {
        yield* ofValue(value)
        continue
      }
      const bytes = await decoded(dependencies, tenantId, value.held, value.frame)
      if (bytes) access.count({ frames: 1, bytes: bytes.byteLength })
      const contentType = `application/octet-stream; transfer-syntax=${explicitVrLittleEndian}`
      yield bytes ? { ...stored, contentType, body: bytes } : stored
    }
  }
  return multipartResponse(c, 'application/octet-stream', parts())
}

/** A bulk value; with `frame`, that frame of the pixel data. */
type Value = { held: HeldInstance; path: string; frame: number | null }

/** At most so many come of `valuesOf`. */
function valuesCount(
  { bulkIndex, frameIndex, transferSyntaxUid }: HeldInstance,
  which: 'all' | 'pixels',
): number {
  const frames = which === 'pixels' || !isUncompressed(transferSyntaxUid) ? (frameIndex?.frames ?? 0) : 0
  return frames + (which === 'all' ? Object.keys(bulkIndex.values).length : 0)
}

function valuesOf(held: HeldInstance, which: 'all' | 'pixels'): Value[] {
  const { frameIndex, transferSyntaxUid } = held
  const frames = () =>
    Array.from({ length: frameIndex?.frames ?? 0 }, (_, at) => ({ held, path: pixelDataPath, frame: at + 1 }))
  if (which === 'pixels') return frames()
  return Object.keys(held.bulkIndex.values).flatMap((path): Value[] =>
    path === pixelDataPath && frameIndex && !isUncompressed(transferSyntaxUid)
      ? frames()
      : [{ held, path, frame: null }],
  )
}

function typeOf({ transferSyntaxUid }: HeldInstance, path: string): string {
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
    if (error instanceof PixelError) return null
    throw error
  }
}
