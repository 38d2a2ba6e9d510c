import type { OpenAccess } from '@bitewing/db'
import type { Context } from 'hono'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import { loadFrame } from '../originals/load-frame.ts'
import { PixelError } from '../pixels/pixel-error.ts'
import { describeImage } from '../originals/describe-image.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import type { Acceptable } from './accept.ts'
import { bytesAnswer, isCurrent } from '../conditional.ts'
import { etagOf } from './etag-of.ts'
import { multipartResponse, payloadHeaders } from './multipart-response.ts'
import { explicitVrLittleEndian, isUncompressed, storedForm } from './stored-media-type.ts'
import type { WadoDependencies } from './wado-routes.ts'

/** The frame list of a path, 1-based, PS3.18 §10.4.1.1.6. @throws {GatewayError} `invalid-parameter`, `asks-too-much` */
export function frameNumbers(list: string, framesMax = 4096): number[] {
  const numbers = list.split(',').map((text) => (/^[1-9]\d{0,6}$/.test(text.trim()) ? Number(text) : NaN))
  if (numbers.some(Number.isNaN)) {
    throw new GatewayError('invalid-parameter', 'Frames are a comma-separated list of numbers from 1.')
  }
  if (numbers.length > framesMax) {
    throw new GatewayError('asks-too-much', `One request gives at most ${framesMax} frames.`)
  }
  return numbers
}

type Form = { transferSyntax: string; mediaType: string; multipart: boolean; decode: boolean }

/**
 * Retrieve Frames, PS3.18 §10.4.1.1.6: as stored, or decoded to Explicit VR Little Endian, in the first form the
 * client takes.
 *
 * @throws {GatewayError} `not-found` for a frame past the end, `no-pixel-data`, `not-acceptable`
 */
export async function retrieveFrames(
  c: Context<AllowedEnv>,
  dependencies: WadoDependencies,
  held: HeldInstance,
  numbers: readonly number[],
  accepted: readonly Acceptable[],
  access: OpenAccess,
): Promise<Response> {
  if (!held.frameIndex) throw new GatewayError('no-pixel-data', 'This instance has no pixel data.')
  if (numbers.some((number) => number > held.frames)) {
    throw new GatewayError('not-found', `This instance has ${held.frames} frames.`)
  }
  const form = formFor(held.transferSyntaxUid, accepted, numbers.length)
  const etag = etagOf([held], `${numbers.join()} ${form.mediaType} ${form.transferSyntax} ${form.multipart}`)
  payloadHeaders(c)
  if (isCurrent(c, etag)) return c.body(null, 304)

  const { tenantId } = c.var.access
  const load = async (number: number): Promise<Uint8Array> => {
    const frame = await loadFrame(dependencies, tenantId, held, number)
    access.count({ frames: 1, bytes: frame.bytes.byteLength })
    if (!form.decode) return frame.bytes
    const image = await describeImage(dependencies, tenantId, held, number)
    const decoded = await dependencies.pixels.decode({ frame, image })
    return decoded.bytes
  }

  // The first frame decides whether there is an answer at all; the others follow as the client reads.
  const [first = 1] = numbers
  let firstBytes: Uint8Array
  try {
    firstBytes = await load(first)
  } catch (error) {
    if (!(error instanceof PixelError)) throw error
    if (error.code === 'too-large' && !form.decode) {
      throw new GatewayError('not-acceptable', `This frame cannot be sent: ${error.message}.`)
    }
    throw new GatewayError(
      'not-acceptable',
      `This frame cannot be decoded: ${error.message}. Ask for transfer-syntax=* to get it as stored.`,
    )
  }
  const contentType = `${form.mediaType}; transfer-syntax=${form.transferSyntax}`
  if (!form.multipart) {
    c.header('Content-Type', contentType)
    return bytesAnswer(c, firstBytes, etag)
  }
  if (numbers.length === 1)
    return multipartResponse(c, form.mediaType, [{ contentType, body: firstBytes }], { etag })
  async function* parts() {
    for (const [index, number] of numbers.entries()) {
      yield { contentType, body: index === 0 ? firstBytes : await load(number) }
    }
  }
  return multipartResponse(c, form.mediaType, parts())
}

function formFor(stored: string, accepted: readonly Acceptable[], frames: number): Form {
  const asStored = storedForm(stored)
  const native = isUncompressed(stored)
  for (const { type, multipart, transferSyntax } of accepted) {
    const any = type === '*/*'
    const alone = !multipart && !any
    if (alone && frames > 1) continue
    const octets = any || type === 'application/octet-stream' || type === 'application/*'
    if (octets) {
      const wanted = transferSyntax ?? explicitVrLittleEndian
      if (wanted === '*' || wanted === asStored.transferSyntax) {
        return { ...asStored, mediaType: 'application/octet-stream', multipart: !alone, decode: false }
      }
      if (wanted === explicitVrLittleEndian && !native) {
        return {
          transferSyntax: explicitVrLittleEndian,
          mediaType: 'application/octet-stream',
          multipart: !alone,
          decode: true,
        }
      }
    } else if (
      !native &&
      type === asStored.mediaType &&
      [null, '*', asStored.transferSyntax].includes(transferSyntax)
    ) {
      return { ...asStored, multipart: !alone, decode: false }
    }
  }
  throw new GatewayError(
    'not-acceptable',
    'This frame cannot be given in any of the accepted media types and transfer syntaxes.',
  )
}
