import { Hono, type Context } from 'hono'
import type { Logger } from 'pino'
import type { Allow } from '../credentials/allow.ts'
import { MultipartError } from '../dicom/multipart/multipart-error.ts'
import { parseMediaType, parseMediaTypes } from '../dicom/multipart/media-types.ts'
import { parseMultipart } from '../dicom/multipart/parse-multipart.ts'
import { toNativeXml } from '../dicom/to-native-xml.ts'
import { isUid } from '../dicom/uid.ts'
import { GatewayError } from '../errors.ts'
import { toGatewayError } from '../expected-error.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import { publicUrlOf } from '../public-url.ts'
import { receiveFile, type ReceivedFile } from '../originals/receive-file.ts'
import { requestBody, type RequestBody } from '../request-body.ts'
import { freeReadChunks } from './free-read-chunks.ts'
import { receiveMetadata } from './receive-metadata.ts'
import { storeAnswer, type StoreOutcome } from './store-answer.ts'
import { storeFile, type StoreDependencies } from './store-file.ts'

type Dependencies = StoreDependencies & {
  allow: Allow
  log: Logger
  spoolDir: string
  publicUrlConfigured: string | undefined
  stowBodyBytesMax: number
  stowInstanceBytesMax: number
  stowPartsMax: number
  stowMemoryBytesMax: number
}

/** Files of one request on their way to the object store at the same time, while the next are received. */
const keptAtOnce = 24
/** Those of one request that are kept, and wait for their turn in the index, included: they take no more than metadata. */
const underWayMax = 64

/** STOW-RS: the Store transaction, DICOM PS3.18 §10.5. */
export function stowRoutes(dependencies: Dependencies) {
  const store = (c: Context<AllowedEnv>) => receive(c, dependencies)
  return new Hono<AllowedEnv>()
    .post('/studies', dependencies.allow('images.upload'), store)
    .post('/studies/:study', dependencies.allow('images.upload'), store)
}

async function receive(c: Context<AllowedEnv>, dependencies: Dependencies): Promise<Response> {
  const studyInstanceUid = c.req.param('study') ?? null
  if (studyInstanceUid !== null && !isUid(studyInstanceUid)) {
    throw new GatewayError('invalid-parameter', 'The study in the URL is not a UID.')
  }
  const answerForm = answerFormOf(c.req.header('Accept'))
  const { boundary, form } = bodyForm(c.req.header('Content-Type'))
  const declared = Number(c.req.header('Content-Length') ?? 0)
  if (declared > dependencies.stowBodyBytesMax) throw tooLarge(dependencies.stowBodyBytesMax)
  const body = requestBody(c)
  if (!body) throw new GatewayError('malformed-body', 'The request has no body.')

  const { outcomes, failure } =
    form === 'instances'
      ? await storeParts(c, dependencies, body, boundary, studyInstanceUid)
      : await storeMetadata(c, dependencies, body, boundary, studyInstanceUid)

  const stored = outcomes.some((one) => one.outcome === 'stored')
  // A body that breaks off, or a dependency that is away, is the whole request's answer unless something was
  // stored before: then the client must learn what.
  if (failure !== null && !stored) throw failure as Error
  if (outcomes.length === 0) throw new GatewayError('malformed-body', 'The body has no parts.')

  const answer = storeAnswer(outcomes, `${publicUrlOf(c, dependencies.publicUrlConfigured)}/dicom-web`)
  c.header('Cache-Control', 'no-store')
  for (const name of ['Location', 'Content-Location']) c.header(name, answer.location ?? undefined)
  c.header('Content-Type', `application/dicom+${answerForm}`)
  if (answerForm === 'xml') return c.body(toNativeXml(answer.body), answer.status)
  return c.body(JSON.stringify(answer.body), answer.status)
}

/**
 * Receives part after part; up to `underWayMax` earlier ones are being stored meanwhile.
 *
 * @returns what became of each part, in their order, and what ended the request early
 */
async function storeParts(
  c: Context<AllowedEnv>,
  dependencies: Dependencies,
  received: RequestBody,
  boundary: string,
  studyInstanceUid: string | null,
) {
  const { log } = dependencies
  const outcomes: StoreOutcome[] = []
  const underWay = new Set<Promise<void>>()
  const beingKept = new Set<Promise<void>>()
  let first: Promise<void> | undefined
  let failure: unknown = null

  const body = freeReadChunks(limited(received.chunks, dependencies.stowBodyBytesMax))
  try {
    let index = 0
    // files of one request are often alike
    let expectedBytes = Number(c.req.header('Content-Length') ?? 0)
    for await (const part of parseMultipart(body, {
      boundary,
      partsMax: dependencies.stowPartsMax,
      partBytesMax: dependencies.stowInstanceBytesMax,
    })) {
      if (part.contentType !== null && part.contentType.essence !== 'application/dicom') {
        throw new GatewayError('unsupported-media-type', 'Every part must be application/dicom.')
      }
      const file = await receiveFile(part.body, {
        folder: dependencies.spoolDir,
        expectedBytes,
        memoryBytesMax: dependencies.stowMemoryBytesMax,
      })
      expectedBytes = file.bytes
      const position = index++
      outcomes[position] = { outcome: 'refused', reason: 'out-of-resources', identifiers: null }
      const { promise: kept, resolve: onKept } = Promise.withResolvers<void>()
      const task = storeOne(c, dependencies, file, studyInstanceUid, { first, onKept })
        .then(
          (outcome) => void (outcomes[position] = outcome),
          (error: unknown) => void (failure ??= error),
        )
        .finally(() => {
          underWay.delete(task)
          onKept()
        })
      underWay.add(task)
      beingKept.add(kept)
      void kept.then(() => beingKept.delete(kept))
      // the others wait for it: a new study takes its attributes from the first instance of the request
      first ??= task
      if (beingKept.size >= keptAtOnce) await Promise.race(beingKept)
      if (underWay.size >= underWayMax) await Promise.race(underWay)
      // archive or database away: what follows would fail the same way
      if (failure !== null) break
    }
  } catch (error) {
    failure ??=
      error instanceof MultipartError
        ? refusalOf(error, dependencies.stowInstanceBytesMax)
        : brokenOff(received, error)
  }
  await Promise.all(underWay)
  if (failure instanceof GatewayError && outcomes.length > 0) {
    // the part in which the body broke off
    outcomes.push({ outcome: 'refused', reason: 'cannot-understand', identifiers: null })
  }
  if (failure !== null && toGatewayError(failure) === null) {
    log.error({ requestId: c.var.requestId, err: failure }, 'storing failed')
  }
  return { outcomes, failure }
}

/** As `storeParts`, for metadata with bulk data: nothing is stored before the whole body is there. */
async function storeMetadata(
  c: Context<AllowedEnv>,
  dependencies: Dependencies,
  received: RequestBody,
  boundary: string,
  studyInstanceUid: string | null,
): Promise<{ outcomes: StoreOutcome[]; failure: unknown }> {
  const { stowBodyBytesMax, stowInstanceBytesMax, stowPartsMax, spoolDir } = dependencies
  const outcomes: StoreOutcome[] = []
  try {
    await receiveMetadata(
      limited(received.chunks, stowBodyBytesMax),
      {
        boundary,
        partsMax: stowPartsMax,
        partBytesMax: stowInstanceBytesMax,
        bytesMax: stowBodyBytesMax,
        spoolDir,
      },
      (file) => storeOne(c, dependencies, file, studyInstanceUid),
      (outcome) => outcomes.push(outcome),
    )
    return { outcomes, failure: null }
  } catch (error) {
    const failure =
      error instanceof MultipartError ? refusalOf(error, stowInstanceBytesMax) : brokenOff(received, error)
    if (toGatewayError(failure) === null) {
      dependencies.log.error({ requestId: c.var.requestId, err: failure }, 'storing failed')
    }
    return { outcomes, failure }
  }
}

async function storeOne(
  c: Context<AllowedEnv>,
  dependencies: Dependencies,
  file: ReceivedFile,
  studyInstanceUid: string | null,
  others: Parameters<typeof storeFile>[5] = {},
) {
  await using spooled = file
  return await storeFile(dependencies, c.var.access, c.var.address, spooled, studyInstanceUid, others)
}

async function* limited(body: AsyncIterable<Uint8Array>, bytesMax: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) throw tooLarge(bytesMax)
    yield chunk
  }
}

const partForms: Record<string, 'instances' | 'metadata'> = {
  'application/dicom': 'instances',
  'application/dicom+json': 'metadata',
  'application/dicom+xml': 'metadata',
}

/** PS3.18 §10.5.1.4: instances as files, or their metadata with bulk data. */
function bodyForm(header: string | undefined): { boundary: string; form: 'instances' | 'metadata' } {
  const type = header === undefined ? null : parseMediaType(header)
  if (type?.essence !== 'multipart/related') {
    throw new GatewayError('unsupported-media-type', 'Send multipart/related; type="application/dicom".')
  }
  const partType = type.parameters.get('type')
  const form = partType === undefined ? 'instances' : partForms[parseMediaType(partType)?.essence ?? '']
  if (form === undefined) {
    throw new GatewayError(
      'unsupported-media-type',
      'Only type="application/dicom", "application/dicom+json" or "application/dicom+xml" can be stored.',
    )
  }
  const boundary = type.parameters.get('boundary')
  if (!boundary) throw new GatewayError('malformed-body', 'The Content-Type names no boundary.')
  return { boundary, form }
}

/** PS3.18 §10.5.1 and §8.7.5: a client that takes no form of the answer is told before it sends gigabytes. */
function answerFormOf(header: string | undefined): 'json' | 'xml' {
  const types = parseMediaTypes(header ?? '')
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
  if (types.length === 0) return 'json'
  for (const { essence } of types) {
    if (['application/dicom+json', 'application/json', 'application/*', '*/*'].includes(essence))
      return 'json'
    if (essence === 'application/dicom+xml') return 'xml'
  }
  throw new GatewayError('not-acceptable', 'The answer is application/dicom+json or application/dicom+xml.')
}

function refusalOf(error: MultipartError, instanceBytesMax: number): GatewayError {
  if (error.code === 'part-too-large') return tooLarge(instanceBytesMax)
  if (error.code === 'too-many-parts') return new GatewayError('body-too-large', `${error.message}.`)
  return new GatewayError('malformed-body', `The multipart body is not well-formed: ${error.message}`)
}

/** A client that went away mid-body; any other error stays what it is. */
function brokenOff(received: RequestBody, error: unknown): unknown {
  if (received.isBroken())
    return new GatewayError('malformed-body', 'The body ended before its last boundary.')
  return error
}

function tooLarge(bytesMax: number): GatewayError {
  return new GatewayError('body-too-large', `At most ${bytesMax} bytes are taken.`)
}
