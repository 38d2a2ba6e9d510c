import { textOf, textsOf } from './attribute.ts'
import { ByteWindow } from './byte-window.ts'
import type { ByteSource } from './byte-source.ts'
import type { DataSet, DataSetEncoding, Identifiers, ParsedInstance, Tag } from './data-set.ts'
import { openDataSetBytes } from './data-set-bytes.ts'
import { DicomError } from './dicom-error.ts'
import type { ReadableIdentifiers } from './dicom-error.ts'
import { defaultParseLimits } from './parse-limits.ts'
import type { ParseLimits } from './parse-limits.ts'
import {
  encodingOf,
  explicitVrBigEndian,
  explicitVrLittleEndian,
  implicitVrLittleEndian,
  transferSyntaxes,
} from './transfer-syntax.ts'
import { isUid } from './uid.ts'
import { representationOfBytes } from './value-representation.ts'
import { walkDataSet } from './walk-data-set.ts'

const mediaStorageDirectory = '1.2.840.10008.1.3.10'
/** Holds the whole header of most files. */
const headBytes = 64 * 1024

const pixelDataTags = ['7FE00010', '7FE00008', '7FE00009']

/**
 * Reads the header of a DICOM file (PS3.10), or of a bare data set as C-STORE receivers of old write it.
 *
 * Pixel data and other long values are located, not read: the cost depends on the header alone, except that a
 * deflated data set is inflated to its end (streamed). Accepts what DCMTK accepts, so that what the gateway takes
 * the archive takes too.
 *
 * @param source the file's bytes; `bytes` is trusted, nothing inside the file is
 * @throws {DicomError} with `identifiers` set as far as they could be read
 */
export async function parseInstance(
  source: ByteSource,
  limits: Partial<ParseLimits> = {},
): Promise<ParsedInstance> {
  const parsed = await parseDataSet(source, limits, 'instance')
  return { ...parsed, identifiers: requireIdentifiers(parsed) }
}

/** The same for any data set, whether or not it is an instance: worklist files, directories, queries. */
export async function parseDataSet(
  source: ByteSource,
  limits: Partial<ParseLimits> = {},
  expected: 'anything' | 'instance' = 'anything',
): Promise<Omit<ParsedInstance, 'identifiers'>> {
  const allLimits = { ...defaultParseLimits, ...limits }
  const head = Buffer.from(await source.read(0, Math.min(source.bytes, headBytes)))
  const { fileMeta, encoding } = await readFileMeta(source, head, allLimits)
  if (expected === 'instance' && textOf(fileMeta, '00020002') === mediaStorageDirectory)
    throw mediaDirectory(null)

  await using bytes = openDataSetBytes(source, encoding, allLimits.inflatedBytesMax, head)
  const start = encoding.deflated ? 0 : encoding.start
  const { dataSet: attributes } = await walkDataSet(new ByteWindow(bytes), start, encoding, allLimits)
  if (attributes.elements.size === 0) throw new DicomError('not-dicom', 'There is no data set')
  inheritCharacterSet(attributes, [])

  const pixelData = pixelDataTags
    .map((tag) => attributes.elements.get(tag))
    .find((element) => element !== undefined)
  const { encapsulated, bigEndianPixels } = encodingOf(encoding.transferSyntaxUid)
  if (encapsulated && transferSyntaxes.has(encoding.transferSyntaxUid) && pixelData && !pixelData.fragments) {
    throw new DicomError('not-dicom', 'Pixel Data is not encapsulated as the transfer syntax says')
  }
  const { inlineBytesMax, numbersBytesMax } = allLimits
  return {
    encoding,
    fileMeta,
    attributes,
    pixelData: pixelData ?? null,
    inlineBytesMax,
    numbersBytesMax,
    bigEndianPixels,
  }
}

/** Finds the data set: behind preamble and group 0002 (PS3.10 §7.1), behind group 0002 alone, or at the start. */
async function readFileMeta(
  source: ByteSource,
  head: Buffer,
  limits: ParseLimits,
): Promise<{ fileMeta: DataSet; encoding: DataSetEncoding }> {
  const noMeta: DataSet = { elements: new Map(), characterSet: [], bigEndian: false }

  const hasPrefix = head.length >= 132 && head.toString('latin1', 128, 132) === 'DICM'
  const metaStart = hasPrefix && head.length > 133 && head.readUInt16LE(132) === 2 ? 132 : 0
  if (metaStart === 0 && !(head.length >= 8 && head.readUInt16LE(0) === 2)) {
    // "DICM" may stand at byte 128 of a bare data set by chance: the elements at the start decide first.
    for (const start of hasPrefix ? [0, 132] : [0]) {
      const guess = guessEncoding(head.subarray(start), source.bytes - start)
      if (guess) return { fileMeta: noMeta, encoding: { ...guess, start } }
    }
    if (hasPrefix && head.length < 140) throw new DicomError('truncated', 'The file ends behind its prefix')
    throw new DicomError('not-dicom', 'The file is neither DICOM nor a data set without a header')
  }

  // Group 0002 is always Explicit VR Little Endian (PS3.10 §7.1), yet some writers forget.
  const metaEncoding = {
    explicitVr: representationOfBytes(head[metaStart + 4] ?? 0, head[metaStart + 5] ?? 0) !== null,
    bigEndian: false,
  }
  const walk = async (endAtMost: number) => {
    await using bytes = openDataSetBytes(source, { start: metaStart, deflated: false }, Infinity, head)
    const until = { group: 0x0002, endAtMost } as const
    return await walkDataSet(new ByteWindow(bytes), metaStart, metaEncoding, limits, until)
  }
  let { dataSet: fileMeta, end } = await walk(Infinity)

  const declared = textOf(fileMeta, '00020010')
  if (declared !== null && !isUid(declared)) {
    throw new DicomError('not-dicom', 'The transfer syntax is not a UID')
  }
  if (declared !== null) {
    const { explicitVr, bigEndian, deflated } = encodingOf(declared)
    if (deflated) {
      // Deflated bytes may look like one more element of group 0002, so here (0002,0000) decides where they start.
      const hasGroupLength = metaEncoding.explicitVr && head.readUInt32LE(metaStart) === 0x0002
      const endAtMost = hasGroupLength ? metaStart + 12 + head.readUInt32LE(metaStart + 8) : Infinity
      if (endAtMost < end) ({ dataSet: fileMeta, end } = await walk(endAtMost))
    }
    return {
      fileMeta,
      encoding: { transferSyntaxUid: declared, explicitVr, bigEndian, deflated, start: end },
    }
  }
  const guess = guessEncoding(Buffer.from(await source.read(end, end + 16)), source.bytes - end)
  if (!guess) throw new DicomError('not-dicom', 'There is no transfer syntax and none can be guessed')
  return { fileMeta, encoding: { ...guess, start: end } }
}

/** Encoding of a data set that nothing describes, by its first element; null when it does not look like one. */
function guessEncoding(head: Buffer, bytes: number): Omit<DataSetEncoding, 'start'> | null {
  if (head.length < 8) return null
  const explicitVr = representationOfBytes(head[4] ?? 0, head[5] ?? 0) !== null
  // The identifying group 0008 comes first in every instance; only its group length may stand before.
  if (head.readUInt16LE(0) === 0x0008) {
    if (explicitVr)
      return { transferSyntaxUid: explicitVrLittleEndian, explicitVr, bigEndian: false, deflated: false }
    if (head.readUInt32LE(4) > Math.min(bytes, 1024)) return null
    return { transferSyntaxUid: implicitVrLittleEndian, explicitVr, bigEndian: false, deflated: false }
  }
  if (head.readUInt16BE(0) === 0x0008 && explicitVr) {
    return { transferSyntaxUid: explicitVrBigEndian, explicitVr, bigEndian: true, deflated: false }
  }
  return null
}

/** An item without a Specific Character Set of its own has its parent's, PS3.5 §6.1.2.3 (depth is limited). */
function inheritCharacterSet(dataSet: DataSet, inherited: readonly string[]): void {
  dataSet.characterSet = dataSet.elements.has('00080005') ? textsOf(dataSet, '00080005') : inherited
  for (const element of dataSet.elements.values()) {
    for (const item of element.items ?? []) inheritCharacterSet(item, dataSet.characterSet)
  }
}

function mediaDirectory(readable: ReadableIdentifiers | null): DicomError {
  return new DicomError('dicomdir', 'The file is a media directory (DICOMDIR)', readable)
}

function requireIdentifiers({ attributes }: Pick<ParsedInstance, 'attributes'>): Identifiers {
  const readable: ReadableIdentifiers = {
    studyInstanceUid: uidOf(attributes, '0020000D'),
    seriesInstanceUid: uidOf(attributes, '0020000E'),
    sopInstanceUid: uidOf(attributes, '00080018'),
    sopClassUid: uidOf(attributes, '00080016'),
  }
  if (readable.sopClassUid === mediaStorageDirectory || attributes.elements.has('00041220')) {
    throw mediaDirectory(readable)
  }
  if (textOf(attributes, '00080018') === null) {
    throw new DicomError('no-sop-instance-uid', 'SOP Instance UID (0008,0018) is absent or empty', readable)
  }
  const { studyInstanceUid, seriesInstanceUid, sopInstanceUid, sopClassUid } = readable
  if (sopInstanceUid === null) throw invalid('SOP Instance UID (0008,0018)', readable)
  if (sopClassUid === null) throw invalid('SOP Class UID (0008,0016)', readable)
  if (studyInstanceUid === null) throw invalid('Study Instance UID (0020,000D)', readable)
  if (seriesInstanceUid === null) throw invalid('Series Instance UID (0020,000E)', readable)
  return { studyInstanceUid, seriesInstanceUid, sopInstanceUid, sopClassUid }
}

function uidOf(dataSet: DataSet, tag: Tag): string | null {
  const text = textOf(dataSet, tag)
  return text !== null && isUid(text) ? text : null
}

function invalid(what: string, readable: ReadableIdentifiers): DicomError {
  return new DicomError('identifier-invalid', `${what} is absent, empty or not a UID`, readable)
}
