import type { OpenAccess } from '@bitewing/db'
import type { Context } from 'hono'
import { parseInstance } from '../dicom/parse-instance.ts'
import { toExplicitVrLittleEndian } from '../dicom/to-explicit-vr-little-endian.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import { giveBackMemory } from '../own-memory.ts'
import { assertAtHand } from '../originals/at-hand.ts'
import { originalSource, readOriginal } from '../originals/read-original.ts'
import { readSmallOriginal } from '../originals/read-original-bytes.ts'
import { PixelError } from '../pixels/pixel-error.ts'
import type { HeldFile } from '../study-index/find-instance.ts'
import { directAnswer, type Batch } from '../direct-body.ts'
import { discard, webStream } from '../web-stream.ts'
import { compressionTargets } from '../pixels/compress/compression-targets.ts'
import { byPreference, type Acceptable } from './accept.ts'
import { compressionRefusalOf } from './compression-refusal-of.ts'
import { answerRange, isCurrent } from '../conditional.ts'
import { dicomwebUrl, instanceUrl } from './dicomweb-url.ts'
import { etagOf } from './etag-of.ts'
import { multipartResponse, payloadHeaders } from './multipart-response.ts'
import { recodeInstance, type RecodedFile } from './recode-instance.ts'
import { retrieveZip } from './retrieve-zip.ts'
import type { Retrieved } from './retrieved.ts'
import { explicitVrLittleEndian, isUncompressed } from './stored-media-type.ts'
import type { WadoDependencies } from './wado-routes.ts'

/** One file of an answer. */
type File = RecodedFile & { transferSyntax: string; pieces?: readonly Buffer[]; close?(): void }
/** `recoded`: its pixel data decoded or in another compression */
type How = { kind: 'as-stored' | 'rewritten' | 'recoded'; transferSyntax: string }

/**
 * Retrieve Study, Series and Instance, PS3.18 §10.4.1.1.1: files as stored, rewritten as Explicit VR Little
 * Endian where they may not leave as stored (§8.7.3), decoded to it where no compression was asked for, or in the
 * compression that was. What has no pixel data leaves as Explicit VR Little Endian beside compressed images. A study or
 * series also as a zip archive (extension), of files as stored unless a transfer syntax is named.
 *
 * @param single the path names one instance, so that it may also leave alone, with ranges
 * @throws {GatewayError} `not-acceptable`
 */
export async function retrieveInstances(
  c: Context<AllowedEnv>,
  dependencies: WadoDependencies,
  retrieved: Retrieved,
  accepted: readonly Acceptable[],
  single: boolean,
  access: OpenAccess,
): Promise<Response> {
  let reason: string | null = null
  for (const group of byPreference(accepted)) {
    const plans: (Acceptable & { how: How[] })[] = []
    for (const one of group) {
      const plan = await planFor(retrieved, one, single)
      if (plan && 'reason' in plan) reason = plan.reason
      if (plan && 'how' in plan) plans.push({ ...one, how: plan.how })
    }
    // equally welcome: what is there already
    const ready = plans.find(({ how }) => how.every(({ kind }) => kind === 'as-stored'))
    const chosen = ready ?? plans[0]
    if (!chosen) continue
    return send(c, dependencies, retrieved, chosen, access)
  }
  throw new GatewayError(
    'not-acceptable',
    reason === null
      ? 'These instances cannot be given in any of the accepted media types and transfer syntaxes.'
      : `An instance cannot be given in the transfer syntax asked for: ${reason}.`,
  )
}

/** How each instance leaves by one thing that the client takes; why one cannot; null where its media type is no file's. */
async function planFor(
  { files, metadata }: Retrieved,
  { type, multipart, transferSyntax }: Acceptable,
  single: boolean,
): Promise<{ how: How[] } | { reason: string | null } | null> {
  const zip = type === 'application/zip' && !single
  if (!zip) {
    if (!['application/dicom', 'application/*', '*/*'].includes(type)) return null
    if (!multipart && type === 'application/dicom' && !single) return null
  }
  const how: How[] = []
  const compressed: HeldFile[] = []
  for (const one of files) {
    const found = howToSend(one, transferSyntax ?? (zip ? '*' : null))
    if (found === null) return { reason: null }
    how.push(found)
    if (found.kind === 'recoded' && compressionTargets.has(found.transferSyntax)) compressed.push(one)
  }
  if (compressed.length > 0 && transferSyntax !== null) {
    for await (const one of metadata(compressed)) {
      const reason = compressionRefusalOf(one, transferSyntax)
      if (reason !== null) return { reason }
    }
  }
  return { how }
}

async function send(
  c: Context<AllowedEnv>,
  dependencies: WadoDependencies,
  { files: held, whole }: Retrieved,
  { type, multipart, transferSyntax, how }: Acceptable & { how: readonly How[] },
  access: OpenAccess,
): Promise<Response> {
  const { tenantId } = c.var.access
  const [first] = held
  const [firstHow] = how
  if (!first || !firstHow) throw new Error('a retrieve of no instance')
  if (held.length > 1 || type === 'application/zip') {
    await assertAtHand(dependencies.objectStore, tenantId, held)
  }
  const howOf = (index: number): How => how[index] ?? firstHow
  if (type === 'application/zip') {
    const entries = held.map((one, index) => {
      const its = howOf(index)
      return {
        held: one,
        bytes: its.kind === 'as-stored' ? one.fileBytes : null,
        open: () => openFile(dependencies, tenantId, one, its, whole),
      }
    })
    return retrieveZip(c, entries, transferSyntax ?? '*', access)
  }

  const count = (bytes: number) => access.count({ instances: 1, bytes })
  if (!multipart && type === 'application/dicom')
    return sendAlone(c, dependencies, first, firstHow, whole, count)

  const root = dicomwebUrl(c, dependencies.publicUrlConfigured)
  // each part names what it is of, PS3.18 Table 8.6.1-1
  const headersOf = (one: HeldFile) => ({ 'Content-Location': instanceUrl(root, one) })
  const etag = etagOf(held, `${root} ${how.map(variantOf).join()}`)
  payloadHeaders(c)
  if (isCurrent(c, etag)) return c.body(null, 304)
  // the first file is opened before the answer begins: where nothing can be read, the answer says so
  if (how.every(({ kind }) => kind === 'as-stored')) {
    const files = openAhead(held, (one, index) => openFile(dependencies, tenantId, one, howOf(index), whole))
    const firstFile = await files.take(0).catch((error: unknown) => {
      files.close()
      throw error
    })
    const parts = held.map((one, index) => {
      const open = async () => {
        count(one.fileBytes)
        return index === 0 ? firstFile : files.take(index)
      }
      return {
        contentType: `application/dicom; transfer-syntax=${one.transferSyntaxUid}`,
        headers: headersOf(one),
        body: { bytes: one.fileBytes, open },
        giveBack: giveBackMemory,
      }
    })
    const onClose = () => {
      firstFile.close?.()
      files.close()
    }
    return multipartResponse(c, 'application/dicom', parts, { etag, onClose })
  }
  const firstFile = await openFile(dependencies, tenantId, first, firstHow, whole)
  async function* parts() {
    for (const [index, one] of held.entries()) {
      const file = index === 0 ? firstFile : await openFile(dependencies, tenantId, one, howOf(index), whole)
      const { bytes, transferSyntax: sent } = file
      const body = bytes === null ? { bytes, stream: () => counted(file, count) } : { ...file, bytes }
      if (bytes !== null) count(bytes)
      yield { contentType: `application/dicom; transfer-syntax=${sent}`, headers: headersOf(one), body }
    }
  }
  return multipartResponse(c, 'application/dicom', parts(), { onClose: firstFile.close })
}

/** Files that are opened, and with that read as far as their first 2 MiB, while one is being sent. */
const aheadMax = 3

/** Opens files a few ahead of the one that is taken; the reader closes what it took, `close` the others. */
function openAhead<Held>(held: readonly Held[], open: (one: Held, index: number) => Promise<File>) {
  const ahead = new Map<number, Promise<File>>()
  const opened = (index: number): Promise<File> | null => {
    const one = held[index]
    if (one === undefined) return null
    const file = ahead.get(index) ?? open(one, index)
    file.catch(() => {}) // whoever takes it hears of it
    ahead.set(index, file)
    return file
  }
  return {
    take(index: number): Promise<File> {
      const file = opened(index)
      if (!file) throw new RangeError('There are not as many files')
      for (let next = index + 1; next <= index + aheadMax; next++) void opened(next)
      ahead.delete(index)
      return file
    },
    close(): void {
      for (const file of ahead.values()) {
        void file.then(
          ({ close }) => close?.(),
          () => {},
        )
      }
      ahead.clear()
    },
  }
}

/** Grows when the same instances are recoded to other bytes; part of their ETags. */
const recodingVersion = 1

/** What of the way an instance leaves shows in its bytes. */
function variantOf({ kind, transferSyntax }: How): string {
  return kind === 'as-stored' ? kind : `${kind} ${transferSyntax} ${recodingVersion}`
}

/** A stream whose size is known behind it. */
async function* counted(file: RecodedFile, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const chunk of file.stream()) {
      bytes += chunk.byteLength
      yield chunk
    }
  } finally {
    count(bytes)
  }
}

/** Null where nobody makes that transfer syntax; whether this instance can be brought into it its metadata tells. */
function howToSend(held: HeldFile, wanted: string | null): How | null {
  const { transferSyntaxUid: stored } = held
  const sendable = stored !== '1.2.840.10008.1.2' && stored !== '1.2.840.10008.1.2.2'
  const asStored: How = { kind: 'as-stored', transferSyntax: stored }
  const rewritten: How = { kind: 'rewritten', transferSyntax: explicitVrLittleEndian }
  if (wanted === stored && sendable) return asStored
  if (wanted === '*') return sendable ? asStored : rewritten
  if (wanted === null || wanted === explicitVrLittleEndian) {
    if (stored === explicitVrLittleEndian) return asStored
    return isUncompressed(stored) ? rewritten : { ...rewritten, kind: 'recoded' }
  }
  if (!compressionTargets.has(wanted)) return null
  // a report among images has nothing to compress
  if (held.frames === 0 && !held.hasFrames) return stored === explicitVrLittleEndian ? asStored : rewritten
  return { kind: 'recoded', transferSyntax: wanted }
}

async function sendAlone(
  c: Context<AllowedEnv>,
  dependencies: WadoDependencies,
  held: HeldFile,
  how: How,
  whole: Retrieved['whole'],
  count: (bytes: number) => void,
): Promise<Response> {
  const { tenantId } = c.var.access
  const suffix =
    how.kind === 'as-stored' ? '' : `-${how.transferSyntax.split('.').slice(5).join('-')}-${recodingVersion}`
  const etag = `"${held.fileSha256.toString('hex').slice(0, 32)}${suffix}"`
  payloadHeaders(c)
  if (isCurrent(c, etag)) return c.body(null, 304)
  c.header('Content-Disposition', 'attachment')

  if (how.kind === 'as-stored') {
    const range = answerRange(c, held.fileBytes, etag)
    const part = await readOriginal(dependencies, tenantId, held, range ?? undefined)
    if (!part) throw new Error('an original is in neither of its places')
    count(part.bytes)
    c.header('Content-Type', `application/dicom; transfer-syntax=${held.transferSyntaxUid}`)
    c.header('Content-Length', String(part.bytes))
    const onClose = () => discard(part.stream)
    return directAnswer(c, piecesOf(part.stream), { status: range ? 206 : 200, onClose })
  }

  const file = await openFile(dependencies, tenantId, held, how, whole)
  c.header('Content-Type', `application/dicom; transfer-syntax=${file.transferSyntax}`)
  if (file.bytes === null) return c.body(webStream(counted(file, count), file.close))
  count(file.bytes)
  c.header('Content-Length', String(file.bytes))
  return c.body(webStream(file.stream(), file.close))
}

async function* piecesOf(original: AsyncIterable<Uint8Array>): AsyncGenerator<Batch> {
  for await (const piece of original) yield { pieces: [piece], giveBack: () => giveBackMemory(piece) }
}

async function openFile(
  dependencies: WadoDependencies,
  tenantId: string,
  held: HeldFile,
  how: How,
  whole: Retrieved['whole'],
): Promise<File> {
  const asStored = async (): Promise<File> => {
    const pieces = await readSmallOriginal(dependencies, tenantId, held)
    if (pieces) {
      return {
        transferSyntax: held.transferSyntaxUid,
        bytes: held.fileBytes,
        pieces,
        async *stream() {
          yield* pieces
        },
      }
    }
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
  if (how.kind === 'as-stored') return asStored()

  const source = originalSource(dependencies, tenantId, held)
  const parsed = await parseInstance(source)
  const { transferSyntax } = how
  if (how.kind === 'rewritten') return { transferSyntax, ...toExplicitVrLittleEndian(source, parsed) }
  try {
    const file = await recodeInstance(
      dependencies,
      tenantId,
      await whole(held),
      source,
      parsed,
      transferSyntax,
    )
    return { transferSyntax, ...file }
  } catch (error) {
    if (!(error instanceof PixelError) || error.isPassing) throw error
    // Video and what no decoder knows leaves as stored where no compression was asked for (declared).
    if (transferSyntax === explicitVrLittleEndian) return asStored()
    throw new GatewayError(
      'not-acceptable',
      `An instance cannot be given in the transfer syntax asked for: ${error.message}.`,
      { cause: error },
    )
  }
}
