import type { OpenAccess } from '@bitewing/db'
import type { Context } from 'hono'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import { giveBackMemory } from '../own-memory.ts'
import { loadFrame } from '../originals/load-frame.ts'
import { PixelError } from '../pixels/pixel-error.ts'
import { describeImage } from '../originals/describe-image.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { byPreference, type Acceptable } from './accept.ts'
import { compressionTargets, defaultTargetOf } from '../pixels/compress/compression-targets.ts'
import { compressionRefusalOf } from './compression-refusal-of.ts'
import { bytesAnswer, isCurrent } from '../conditional.ts'
import { dicomwebUrl, instanceUrl } from './dicomweb-url.ts'
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

type Form = {
  transferSyntax: string
  mediaType: string
  multipart: boolean
  how: 'as-stored' | 'decoded' | 'compressed'
}

/**
 * Retrieve Frames, PS3.18 §10.4.1.1.6: as stored, decoded to Explicit VR Little Endian, or compressed anew (§8.7.3.3.2),
 * in the first form the client takes; among equally welcome ones in the one that is there already.
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
  const form = formFor(held, accepted, numbers.length)
  const instance = instanceUrl(dicomwebUrl(c, dependencies.publicUrlConfigured), held)
  const etag = etagOf(
    [held],
    `${numbers.join()} ${form.mediaType} ${form.transferSyntax} ${form.multipart ? instance : ''}`,
  )
  payloadHeaders(c)
  if (isCurrent(c, etag)) return c.body(null, 304)

  const { tenantId } = c.var.access
  const load = async (number: number): Promise<Uint8Array> => {
    const frame = await loadFrame(dependencies, tenantId, held, number)
    access.count({ frames: 1, bytes: frame.bytes.byteLength })
    if (form.how === 'as-stored') return frame.bytes
    const image = await describeImage(dependencies, tenantId, held, number)
    const { bytes } =
      form.how === 'decoded'
        ? await dependencies.pixels.decode({ frame, image })
        : await dependencies.pixels.compress({ frame, image, transferSyntaxUid: form.transferSyntax })
    return bytes
  }

  // The first frame decides whether there is an answer at all; the others follow as the client reads.
  const [first = 1] = numbers
  let firstBytes: Uint8Array
  try {
    firstBytes = await load(first)
  } catch (error) {
    if (!(error instanceof PixelError) || error.isPassing) throw error
    if (error.code === 'too-large' && form.how === 'as-stored') {
      throw new GatewayError('not-acceptable', `This frame cannot be sent: ${error.message}.`)
    }
    throw new GatewayError(
      'not-acceptable',
      `This frame cannot be ${form.how}: ${error.message}. Ask for transfer-syntax=* to get it as stored.`,
    )
  }
  const contentType = `${form.mediaType}; transfer-syntax=${form.transferSyntax}`
  if (!form.multipart) {
    c.header('Content-Type', contentType)
    return bytesAnswer(c, firstBytes, etag)
  }
  // what was read for this answer alone is freed when it has been sent
  const giveBack = form.how === 'as-stored' ? giveBackMemory : () => {}
  // each part names what it is of, PS3.18 Table 8.6.1-1
  const headersOf = (number: number) => ({ 'Content-Location': `${instance}/frames/${number}` })
  if (numbers.length === 1) {
    const part = { contentType, headers: headersOf(first), body: firstBytes, giveBack }
    return multipartResponse(c, form.mediaType, [part], { etag })
  }
  async function* parts() {
    for (const [index, number] of numbers.entries()) {
      const body = index === 0 ? firstBytes : await load(number)
      yield { contentType, headers: headersOf(number), body, giveBack }
    }
  }
  return multipartResponse(c, form.mediaType, parts())
}

/** @throws {GatewayError} `not-acceptable`, with the reason where a compression was asked for that cannot be */
function formFor(held: HeldInstance, accepted: readonly Acceptable[], frames: number): Form {
  const { transferSyntaxUid: stored } = held
  const asStored = storedForm(stored)
  const native = isUncompressed(stored)
  let reason: string | null = null

  const storedFormFor = ({ type, transferSyntax }: Acceptable): Omit<Form, 'multipart'> | null => {
    if (isOctets(type)) {
      const wanted = transferSyntax ?? explicitVrLittleEndian
      const fits = wanted === '*' || wanted === asStored.transferSyntax
      return fits ? { ...asStored, mediaType: 'application/octet-stream', how: 'as-stored' } : null
    }
    const fits =
      !native && type === asStored.mediaType && [null, '*', asStored.transferSyntax].includes(transferSyntax)
    return fits ? { ...asStored, how: 'as-stored' } : null
  }
  const madeFormFor = ({ type, transferSyntax }: Acceptable): Omit<Form, 'multipart'> | null => {
    if (isOctets(type)) {
      const fits = !native && (transferSyntax ?? explicitVrLittleEndian) === explicitVrLittleEndian
      const mediaType = 'application/octet-stream'
      return fits ? { transferSyntax: explicitVrLittleEndian, mediaType, how: 'decoded' } : null
    }
    const unnamed = transferSyntax === null || transferSyntax === '*'
    const wanted = unnamed ? defaultTargetOf(type) : transferSyntax
    if (wanted === null || compressionTargets.get(wanted)?.mediaType !== type) return null
    reason = compressionRefusalOf(held, wanted)
    return reason === null ? { transferSyntax: wanted, mediaType: type, how: 'compressed' } : null
  }

  for (const group of byPreference(accepted)) {
    for (const formOf of [storedFormFor, madeFormFor]) {
      for (const one of group) {
        const alone = !one.multipart && one.type !== '*/*'
        if (alone && frames > 1) continue
        const form = formOf(one)
        if (form) return { ...form, multipart: !alone }
      }
    }
  }
  throw new GatewayError(
    'not-acceptable',
    reason === null
      ? 'This frame cannot be given in any of the accepted media types and transfer syntaxes.'
      : `This frame cannot be given in the transfer syntax asked for: ${reason as string}.`,
  )
}

const isOctets = (type: string) => ['*/*', 'application/octet-stream', 'application/*'].includes(type)
