import type { OpenAccess } from '@bitewing/db'
import type { Context } from 'hono'
import { newElement } from '../dicom/new-element.ts'
import type { SizedStream } from '../dicom/byte-stream.ts'
import { parseInstance } from '../dicom/parse-instance.ts'
import { toExplicitVrLittleEndian } from '../dicom/to-explicit-vr-little-endian.ts'
import { writeInstance } from '../dicom/write-instance.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import { describeImage } from '../originals/describe-image.ts'
import { loadFrame } from '../originals/load-frame.ts'
import { originalSource, readOriginal } from '../originals/read-original.ts'
import { PixelError } from '../pixels/pixel-error.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { discard, webStream } from '../web-stream.ts'
import type { Acceptable } from './accept.ts'
import { answerRange, isCurrent } from '../conditional.ts'
import { etagOf } from './etag-of.ts'
import { multipartResponse, payloadHeaders } from './multipart-response.ts'
import { retrieveZip } from './retrieve-zip.ts'
import { explicitVrLittleEndian, isUncompressed } from './stored-media-type.ts'
import type { WadoDependencies } from './wado-routes.ts'

/** One file of an answer. */
type File = SizedStream & { transferSyntax: string; close?(): void }
type How = 'as-stored' | 'rewritten' | 'decoded'

/**
 * Retrieve Study, Series and Instance, PS3.18 §10.4.1.1.1 to 3: files as stored, rewritten as Explicit VR Little
 * Endian where they may not leave as stored (§8.7.3), or decoded to it where no compression was asked for. A study or
 * series also as a zip archive (extension), of files as stored unless a transfer syntax is named.
 *
 * @param single the path names one instance, so that it may also leave alone, with ranges
 * @throws {GatewayError} `not-acceptable`
 */
export async function retrieveInstances(
  c: Context<AllowedEnv>,
  dependencies: WadoDependencies,
  held: readonly HeldInstance[],
  accepted: readonly Acceptable[],
  single: boolean,
  access: OpenAccess,
): Promise<Response> {
  for (const { type, multipart, transferSyntax } of accepted) {
    if (type === 'application/zip' && !single) {
      const { tenantId } = c.var.access
      const entries = held.map((one) => {
        const how = howToSend(one.transferSyntaxUid, transferSyntax ?? '*')
        return how && { held: one, how }
      })
      if (entries.some((entry) => entry === null)) continue
      return retrieveZip(
        c,
        entries.flatMap((entry) =>
          entry
            ? {
                held: entry.held,
                bytes: entry.how === 'as-stored' ? entry.held.fileBytes : null,
                open: () => openFile(dependencies, tenantId, entry.held, entry.how),
              }
            : [],
        ),
        transferSyntax ?? '*',
        access,
      )
    }
    if (!['application/dicom', 'application/*', '*/*'].includes(type)) continue
    const alone = !multipart && type === 'application/dicom'
    if (alone && !single) continue
    const plan = held.map((one) => howToSend(one.transferSyntaxUid, transferSyntax))
    if (plan.some((how) => how === null)) continue

    const count = (bytes: number) => access.count({ instances: 1, bytes })
    const [first] = held
    const [firstPlan] = plan
    if (!first || !firstPlan) break
    if (alone) return sendAlone(c, dependencies, first, firstPlan, count)
    const { tenantId } = c.var.access
    const etag = etagOf(held, plan.join())
    payloadHeaders(c)
    if (isCurrent(c, etag)) return c.body(null, 304)
    // the first file is opened before the answer begins: where nothing can be read, the answer says so
    const firstFile = await openFile(dependencies, tenantId, first, firstPlan)
    if (plan.every((how) => how === 'as-stored')) {
      const parts = held.map((one) => ({
        contentType: `application/dicom; transfer-syntax=${one.transferSyntaxUid}`,
        body: {
          bytes: one.fileBytes,
          async *stream() {
            count(one.fileBytes)
            const file = one === first ? firstFile : await openFile(dependencies, tenantId, one, 'as-stored')
            yield* file.stream()
          },
        },
      }))
      return multipartResponse(c, 'application/dicom', parts, { etag, onClose: firstFile.close })
    }
    async function* parts() {
      for (const [index, one] of held.entries()) {
        const file =
          index === 0 ? firstFile : await openFile(dependencies, tenantId, one, plan[index] ?? 'as-stored')
        count(file.bytes)
        yield { contentType: `application/dicom; transfer-syntax=${file.transferSyntax}`, body: file }
      }
    }
    return multipartResponse(c, 'application/dicom', parts(), { onClose: firstFile.close })
  }
  throw new GatewayError(
    'not-acceptable',
    'These instances cannot be given in any of the accepted media types and transfer syntaxes.',
  )
}

/** null: not in this transfer syntax. */
function howToSend(stored: string, wanted: string | null): How | null {
  const sendable = stored !== '1.2.840.10008.1.2' && stored !== '1.2.840.10008.1.2.2'
  if (wanted === stored && sendable) return 'as-stored'
  if (wanted === '*') return sendable ? 'as-stored' : 'rewritten'
  if (wanted !== null && wanted !== explicitVrLittleEndian) return null
  if (stored === explicitVrLittleEndian) return 'as-stored'
  return isUncompressed(stored) ? 'rewritten' : 'decoded'
}

async function sendAlone(
  c: Context<AllowedEnv>,
  dependencies: WadoDependencies,
  held: HeldInstance,
  how: How,
  count: (bytes: number) => void,
): Promise<Response> {
  const { tenantId } = c.var.access
  const etag = `"${held.fileSha256.toString('hex').slice(0, 32)}${how === 'as-stored' ? '' : '-elev'}"`
  payloadHeaders(c)
  if (isCurrent(c, etag)) return c.body(null, 304)
  c.header('Content-Disposition', 'attachment')

  if (how === 'as-stored') {
    const range = answerRange(c, held.fileBytes, etag)
    const part = await readOriginal(dependencies, tenantId, held, range ?? undefined)
    if (!part) throw new Error('an original is in neither of its places')
    count(part.bytes)
    c.header('Content-Type', `application/dicom; transfer-syntax=${held.transferSyntaxUid}`)
    c.header('Content-Length', String(part.bytes))
    return c.body(webStream(part.stream), range ? 206 : 200)
  }

  const file = await openFile(dependencies, tenantId, held, how)
  count(file.bytes)
  c.header('Content-Type', `application/dicom; transfer-syntax=${file.transferSyntax}`)
  c.header('Content-Length', String(file.bytes))
  return c.body(webStream(file.stream(), file.close))
}

async function openFile(
  dependencies: WadoDependencies,
  tenantId: string,
  held: HeldInstance,
  how: How,
): Promise<File> {
  const asStored = async (): Promise<File> => {
    const original = await readOriginal(dependencies, tenantId, held)
    if (!original) throw new Error('an original is in neither of its places')
    return {
      transferSyntax: held.transferSyntaxUid,
      bytes: original.bytes,
      async *stream() {
        yield* original.stream as AsyncIterable<Uint8Array>
      },
      close: () => discard(original.stream),
    }
  }
  if (how === 'as-stored') return asStored()

  const source = originalSource(dependencies, tenantId, held)
  const parsed = await parseInstance(source)
  if (how === 'rewritten')
    return { transferSyntax: explicitVrLittleEndian, ...toExplicitVrLittleEndian(source, parsed) }
  try {
    return {
      transferSyntax: explicitVrLittleEndian,
      ...(await decoded(dependencies, tenantId, held, source, parsed)),
    }
  } catch (error) {
    // Video and what no decoder knows leaves as stored (declared).
    if (error instanceof PixelError) return asStored()
    throw error
  }
}

/** The file with its pixel data decoded, frame after frame as the client reads. */
async function decoded(
  dependencies: WadoDependencies,
  tenantId: string,
  held: HeldInstance,
  source: Parameters<typeof writeInstance>[0],
  parsed: Parameters<typeof writeInstance>[1],
) {
  const { pixels } = dependencies
  const decode = async (number: number) =>
    pixels.decode({
      frame: await loadFrame(dependencies, tenantId, held, number),
      image: await describeImage(dependencies, tenantId, held, number),
    })
  const first = await decode(1)
  const frameBytes = first.bytes.byteLength
  const colour = !/^(MONOCHROME|PALETTE)/.test(first.photometricInterpretation)
  async function* frames(): AsyncGenerator<Uint8Array> {
    yield first.bytes
    for (let number = 2; number <= held.frames; number++) yield (await decode(number)).bytes
    if ((frameBytes * held.frames) % 2 === 1) yield new Uint8Array(1)
  }
  const bytes = frameBytes * held.frames
  return writeInstance(source, parsed, {
    transferSyntaxUid: explicitVrLittleEndian,
    attributes: new Map([
      ['00280004', newElement('00280004', 'CS', first.photometricInterpretation)],
      ['00280006', colour ? newElement('00280006', 'US', first.planarConfiguration) : null],
    ]),
    pixelData: { vr: 'OW', bytes: bytes + (bytes % 2), stream: frames },
  })
}
