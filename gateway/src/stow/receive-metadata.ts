import { z } from 'zod'
import { DicomError } from '../dicom/dicom-error.ts'
import { fromNativeXml } from '../dicom/from-native-xml.ts'
import { parseMultipart, type MultipartPart } from '../dicom/multipart/parse-multipart.ts'
import type { JsonAttributes } from '../dicom/to-native-xml.ts'
import { GatewayError } from '../errors.ts'
import { spoolFile, type SpooledFile } from '../originals/spool-file.ts'
import { assembleInstance, InstanceTooLarge } from './assemble-instance.ts'
import type { BulkParts } from './bulk-parts.ts'
import { failureReasonOf } from './failure-reasons.ts'
import type { StoreOutcome } from './store-answer.ts'

/** All metadata of one request, in bytes; it is held in memory. */
const metadataBytesMax = 64 * 1024 * 1024

const DataSets = z.array(z.record(z.string(), z.looseObject({ vr: z.string() })))

/**
 * Receives instances as metadata and bulk data, PS3.18 §10.5.1.4: metadata as one part of DICOM JSON or a part of XML
 * for each instance, bulk data as parts whose Content-Location is the BulkDataURI. Bulk data is spooled to disk, and
 * stored only when the body is whole.
 *
 * @param options  `partBytesMax` is for the instances too that are put together of the parts, and `bytesMax` for all
 *   of them: instances may share bulk data, and be many times as large as the body
 * @param store     stores one Part 10 file
 * @param onOutcome told what became of each instance, in the order of the metadata
 * @throws {GatewayError} `malformed-body`, `body-too-large`
 */
export async function receiveMetadata(
  body: AsyncIterable<Uint8Array>,
  options: { boundary: string; partsMax: number; partBytesMax: number; bytesMax: number; spoolDir: string },
  store: (file: SpooledFile) => Promise<StoreOutcome>,
  onOutcome: (outcome: StoreOutcome) => void,
): Promise<void> {
  const { spoolDir, bytesMax, ...limits } = options
  const bulk = new Map<string, BulkParts>()
  try {
    const dataSets: (JsonAttributes | DicomError)[] = []
    let bytes = 0
    for await (const part of parseMultipart(body, limits)) {
      const essence = part.contentType?.essence ?? 'application/octet-stream'
      if (['application/dicom+json', 'application/json', 'application/dicom+xml'].includes(essence)) {
        const text = await textOf(part, metadataBytesMax - bytes)
        bytes += text.length
        dataSets.push(...(essence === 'application/dicom+xml' ? fromXml(text) : fromJson(text)))
      } else {
        const location = part.headers.get('content-location')?.trim() ?? ''
        const file = await spoolFile(part.body, spoolDir)
        const held = bulk.get(location)
        if (held) held.files.push(file)
        else bulk.set(location, { files: [file], contentType: part.contentType })
      }
    }
    if (dataSets.length > limits.partsMax) {
      throw new GatewayError('body-too-large', `At most ${limits.partsMax} instances are taken.`)
    }
    let room = bytesMax
    for (const dataSet of dataSets) {
      const assemble = async (attributes: JsonAttributes) => {
        const file = await assembleInstance(attributes, bulk, spoolDir, Math.min(room, limits.partBytesMax))
        room -= file.bytes
        return file
      }
      onOutcome(await storeOne(dataSet, assemble, store))
    }
  } finally {
    for (const { files } of bulk.values()) for (const file of files) await file[Symbol.asyncDispose]()
  }
}

async function storeOne(
  dataSet: JsonAttributes | DicomError,
  assemble: (attributes: JsonAttributes) => Promise<SpooledFile>,
  store: (file: SpooledFile) => Promise<StoreOutcome>,
): Promise<StoreOutcome> {
  try {
    if (dataSet instanceof DicomError) throw dataSet
    return await store(await assemble(dataSet))
  } catch (error) {
    if (error instanceof InstanceTooLarge) {
      return { outcome: 'refused', reason: 'out-of-resources', identifiers: error.identifiers }
    }
    if (!(error instanceof DicomError)) throw error
    return { outcome: 'refused', reason: failureReasonOf[error.code], identifiers: error.identifiers }
  }
}

async function textOf({ body }: MultipartPart, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > bytesMax)
      throw new GatewayError('body-too-large', `At most ${metadataBytesMax} bytes of metadata are taken.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function fromJson(text: string): JsonAttributes[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new GatewayError('malformed-body', 'The metadata is not JSON.')
  }
  // some clients send a single object
  const dataSets = DataSets.safeParse(Array.isArray(parsed) ? parsed : [parsed])
  if (!dataSets.success) throw new GatewayError('malformed-body', 'The metadata is not DICOM JSON.')
  return dataSets.data
}

/** A document that is no data set is the failure of one instance. */
function fromXml(text: string): (JsonAttributes | DicomError)[] {
  try {
    return [fromNativeXml(text)]
  } catch (error) {
    if (error instanceof DicomError) return [error]
    throw error
  }
}
