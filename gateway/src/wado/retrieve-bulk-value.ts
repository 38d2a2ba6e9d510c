import type { OpenAccess } from '@bitewing/db'
import type { Context } from 'hono'
import { answerRange, isCurrent } from '../conditional.ts'
import { sliceStream } from '../dicom/byte-stream.ts'
import { readBulkData } from '../dicom/read-bulk-data.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import { assertAtHand } from '../originals/at-hand.ts'
import { originalSource } from '../originals/read-original.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { webStream } from '../web-stream.ts'
import type { Acceptable } from './accept.ts'
import { instanceUrl } from './dicomweb-url.ts'
import { etagOf } from './etag-of.ts'
import { multipartResponse, payloadHeaders } from './multipart-response.ts'
import type { WadoDependencies } from './wado-routes.ts'

/**
 * The value a BulkDataURI of the metadata names, as stored, PS3.18 §10.4.3.3.5: alone with ranges, or as multipart,
 * always for a value in several fragments.
 *
 * @param path of the value within the instance
 * @throws {GatewayError} `not-found`, `not-acceptable`
 */
export async function retrieveBulkValue(
  c: Context<AllowedEnv>,
  dependencies: WadoDependencies,
  held: HeldInstance,
  path: string,
  accepted: readonly Acceptable[],
  dicomwebRoot: string,
  access: OpenAccess,
): Promise<Response> {
  const source = originalSource(dependencies, c.var.access.tenantId, held)
  const value = readBulkData(source, held.bulkIndex, path)
  const [part, ...more] = value?.parts ?? []
  if (!value || !part) throw new GatewayError('not-found', 'There is no such bulk value.')
  const wanted = accepted.find(({ type }) =>
    ['application/octet-stream', 'application/*', '*/*'].includes(type),
  )
  if (!wanted) throw new GatewayError('not-acceptable', 'Bulk data is application/octet-stream.')

  const location = `${instanceUrl(dicomwebRoot, held)}/bulkdata/${path}`
  const isMultipart = wanted.multipart || wanted.type === '*/*' || more.length > 0
  const etag = etagOf([held], isMultipart ? `multipart ${location}` : path)
  payloadHeaders(c)
  c.header('Content-Location', location)
  if (isCurrent(c, etag)) return c.body(null, 304)
  await assertAtHand(dependencies.objectStore, c.var.access.tenantId, [held])
  access.count({ bytes: value.parts.reduce((sum, { bytes }) => sum + bytes, 0) })
  if (isMultipart) {
    const parts = value.parts.map((body) => ({
      contentType: 'application/octet-stream',
      headers: { 'Content-Location': location },
      body,
    }))
    return multipartResponse(c, 'application/octet-stream', parts, { etag, ranges: false })
  }
  c.header('Content-Type', 'application/octet-stream')
  const range = answerRange(c, part.bytes, etag)
  c.header('Content-Length', String(range ? range.end - range.start + 1 : part.bytes))
  const stream = range ? sliceStream(part.stream(), range.start, range.end + 1) : part.stream()
  return c.body(webStream(stream), range ? 206 : 200)
}
