import { textOf } from '../dicom/attribute.ts'
import type { DataSet, Element, Identifiers, ParsedInstance } from '../dicom/data-set.ts'
import { DicomError, type ReadableIdentifiers } from '../dicom/dicom-error.ts'
import { fromDicomJson } from '../dicom/from-dicom-json.ts'
import { newElement } from '../dicom/new-element.ts'
import { defaultParseLimits } from '../dicom/parse-limits.ts'
import type { JsonAttributes } from '../dicom/to-native-xml.ts'
import { transferSyntaxes } from '../dicom/transfer-syntax.ts'
import { isUid } from '../dicom/uid.ts'
import { writeInstance } from '../dicom/write-instance.ts'
import { spoolFile, type SpooledFile } from '../originals/spool-file.ts'
import { layOutBulk, type BulkParts } from './bulk-parts.ts'
import {
  explicitVrLittleEndian,
  jpegHeader,
  pixelTransferSyntax,
  type JpegHeader,
} from './pixel-transfer-syntax.ts'

const pixelData = '7FE00010'
const jpegHeadBytes = 256 * 1024

/** An instance that would be larger than may be stored: few bytes of metadata may name the same bulk data often. */
export class InstanceTooLarge extends Error {
  override readonly name = 'InstanceTooLarge'
  readonly identifiers: ReadableIdentifiers

  constructor(identifiers: ReadableIdentifiers) {
    super('An instance is larger than may be stored')
    this.identifiers = identifiers
  }
}

/**
 * A Part 10 file of an instance that came as metadata and bulk data, PS3.18 §10.5.2: in Explicit VR Little Endian,
 * or with the pixel data encapsulated as it came. What a JPEG says of itself (rows, columns, bits) is filled in where
 * the metadata leaves it out.
 *
 * @param parts    bulk data by the Content-Location that the metadata's BulkDataURIs name
 * @param bytesMax of the file; nothing is written when it would be larger
 * @throws {DicomError | InstanceTooLarge} with the identifiers that can be read
 */
export async function assembleInstance(
  attributes: JsonAttributes,
  parts: ReadonlyMap<string, BulkParts>,
  spoolDir: string,
  bytesMax: number,
): Promise<SpooledFile> {
  await using bulk = layOutBulk(parts)
  const named = readableIdentifiers(attributes)
  try {
    const pixelUri = attributes[pixelData]?.BulkDataURI
    const pixels = pixelUri === undefined ? undefined : parts.get(pixelUri)
    const jpeg = await jpegHeaderOf(pixels)
    const transferSyntaxUid = pixels ? pixelTransferSyntax(pixels.contentType, jpeg) : explicitVrLittleEndian
    if (transferSyntaxUid === null) {
      throw new DicomError('pixels-not-kept', 'Pixel data of this media type cannot be kept')
    }
    const encapsulated = transferSyntaxes.get(transferSyntaxUid)?.encapsulated ?? false
    const dataSet = fromDicomJson(attributes, (uri) => bulk.place(uri, encapsulated && uri === pixelUri))
    if (jpeg && encapsulated) fillIn(dataSet, jpeg)
    const file = writeInstance(bulk.source, parsedOf(dataSet, transferSyntaxUid), { transferSyntaxUid })
    if (file.bytes > bytesMax) throw new InstanceTooLarge(named)
    return await spoolFile(file.stream(), spoolDir)
  } catch (error) {
    if (error instanceof DicomError) throw new DicomError(error.code, error.message, named)
    throw error
  }
}

async function jpegHeaderOf(pixels: BulkParts | undefined): Promise<JpegHeader | null> {
  const [first] = pixels?.files ?? []
  if (!first || pixels?.contentType?.essence !== 'image/jpeg') return null
  await using opened = layOutBulk(new Map([['', { files: [first], contentType: null }]]))
  opened.place('', false)
  return jpegHeader(await opened.source.read(0, jpegHeadBytes))
}

/** The Image Pixel Description of a JPEG, PS3.3 §C.7.6.3, where the metadata has none of it. */
function fillIn({ elements }: DataSet, { bits, rows, columns, samples, process }: JpegHeader): void {
  const add = (element: Element) => {
    if (!elements.has(element.tag)) elements.set(element.tag, element)
  }
  const lossless = process === 0xc3
  add(newElement('00280002', 'US', samples))
  add(newElement('00280004', 'CS', samples === 1 ? 'MONOCHROME2' : lossless ? 'RGB ' : 'YBR_FULL_422'))
  if (samples > 1) add(newElement('00280006', 'US', 0))
  add(newElement('00280010', 'US', rows))
  add(newElement('00280011', 'US', columns))
  add(newElement('00280100', 'US', bits > 8 ? 16 : 8))
  add(newElement('00280101', 'US', bits))
  add(newElement('00280102', 'US', bits - 1))
  add(newElement('00280103', 'US', 0))
}

function parsedOf(dataSet: DataSet, transferSyntaxUid: string): ParsedInstance {
  const { inlineBytesMax, numbersBytesMax } = defaultParseLimits
  const sorted = new Map([...dataSet.elements].sort(([a], [b]) => (a < b ? -1 : 1)))
  const attributes = { ...dataSet, elements: sorted }
  return {
    identifiers: identifiersOf(attributes),
    encoding: { transferSyntaxUid, explicitVr: true, bigEndian: false, start: 0, deflated: false },
    fileMeta: { elements: new Map(), characterSet: [], bigEndian: false },
    attributes,
    pixelData: sorted.get(pixelData) ?? null,
    inlineBytesMax,
    numbersBytesMax,
    bigEndianPixels: false,
  }
}

const identifierTags = {
  studyInstanceUid: '0020000D',
  seriesInstanceUid: '0020000E',
  sopInstanceUid: '00080018',
  sopClassUid: '00080016',
} as const

function identifiersOf(attributes: DataSet): Identifiers {
  const uid = (tag: string) => {
    const text = textOf(attributes, tag)
    if (text === null || !isUid(text)) throw new DicomError('identifier-invalid', `${tag} is no UID`)
    return text
  }
  return {
    studyInstanceUid: uid(identifierTags.studyInstanceUid),
    seriesInstanceUid: uid(identifierTags.seriesInstanceUid),
    sopInstanceUid: uid(identifierTags.sopInstanceUid),
    sopClassUid: uid(identifierTags.sopClassUid),
  }
}

function readableIdentifiers(attributes: JsonAttributes): ReadableIdentifiers {
  const uid = (tag: string) => {
    const [value] = Array.isArray(attributes[tag]?.Value) ? attributes[tag].Value : []
    return typeof value === 'string' && isUid(value) ? value : null
  }
  return {
    studyInstanceUid: uid(identifierTags.studyInstanceUid),
    seriesInstanceUid: uid(identifierTags.seriesInstanceUid),
    sopInstanceUid: uid(identifierTags.sopInstanceUid),
    sopClassUid: uid(identifierTags.sopClassUid),
  }
}
