import { encapsulate, encapsulateStream } from '../dicom/encapsulate.ts'
import type { DataSet, Element, ParsedInstance, Tag } from '../dicom/data-set.ts'
import type { ByteSource } from '../dicom/byte-source.ts'
import { textsOf } from '../dicom/attribute.ts'
import { newDataSet, newElement } from '../dicom/new-element.ts'
import { writeInstance } from '../dicom/write-instance.ts'
import { describeImage } from '../originals/describe-image.ts'
import { loadFrame } from '../originals/load-frame.ts'
import { compressionTargets } from '../pixels/compress/compression-targets.ts'
import type { DecodedFrame, ImageDescription } from '../pixels/pixels.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { explicitVrLittleEndian } from './stored-media-type.ts'
import type { WadoDependencies } from './wado-routes.ts'

/** A file with its pixel data in another form; `bytes` is null where only writing it tells. */
export type RecodedFile = { bytes: number | null; stream(): AsyncGenerator<Uint8Array> }

/** Frames that are compressed before the answer begins, in native bytes: then its length is known, and its table written. */
const heldBytesMax = 32 * 1024 * 1024

/**
 * An instance with its pixel data decoded or in another compression, frame after frame as the client reads.
 *
 * The SOP Instance UID stays: what is retrieved is the instance that was asked for in another form, PS3.18 §8.7.3.
 * (PS3.3 §C.7.6.1.1.5 gives a lossy version that is kept as an instance of its own a new one.) The first frame is made
 * here, so that what cannot be made is known before the answer begins.
 *
 * @param transferSyntaxUid Explicit VR Little Endian, or one of `compressionTargets`
 * @throws {PixelError}
 */
export async function recodeInstance(
  dependencies: WadoDependencies,
  tenantId: string,
  held: HeldInstance,
  source: ByteSource,
  parsed: ParsedInstance,
  transferSyntaxUid: string,
): Promise<RecodedFile> {
  const { pixels } = dependencies
  // what decoding needs of it is the same for all frames
  const image = await describeImage(dependencies, tenantId, held, 1)
  const make = async (number: number): Promise<DecodedFrame> => {
    const frame = await loadFrame(dependencies, tenantId, held, number)
    return transferSyntaxUid === explicitVrLittleEndian
      ? pixels.decode({ frame, image })
      : pixels.compress({ frame, image, transferSyntaxUid })
  }
  const first = await make(1)
  async function* frames(): AsyncGenerator<Uint8Array> {
    yield first.bytes
    for (let number = 2; number <= held.frames; number++) yield (await make(number)).bytes
  }
  const changes = { transferSyntaxUid, attributes: pixelAttributes(first) }

  if (transferSyntaxUid === explicitVrLittleEndian) {
    const bytes = first.bytes.byteLength * held.frames
    return writeInstance(source, parsed, {
      ...changes,
      pixelData: {
        vr: 'OW',
        bytes: bytes + (bytes % 2),
        async *stream() {
          yield* frames()
          if (bytes % 2 === 1) yield new Uint8Array(1)
        },
      },
    })
  }

  const lossy = compressionTargets.get(transferSyntaxUid)?.lossy ?? false
  const nativeBytes = nativeBytesOf(image)
  if (held.frames === 1 || nativeBytes * held.frames <= heldBytesMax) {
    const made: Uint8Array[] = []
    for await (const frame of frames()) made.push(frame)
    const ratio = (nativeBytes * made.length) / made.reduce((sum, { byteLength }) => sum + byteLength, 0)
    if (lossy) for (const each of lossyAttributes(parsed, ratio)) changes.attributes.set(each.tag, each)
    return writeInstance(source, parsed, { ...changes, encapsulated: encapsulate(made) })
  }
  const ratio = nativeBytes / first.bytes.byteLength // of the first frame, for those to come are not known
  if (lossy) for (const each of lossyAttributes(parsed, ratio)) changes.attributes.set(each.tag, each)
  const { stream } = writeInstance(source, parsed, { ...changes, encapsulated: encapsulateStream(frames) })
  return { bytes: null, stream }
}

function nativeBytesOf({ rows, columns, samplesPerPixel, bitsAllocated }: ImageDescription): number {
  return Math.ceil((rows * columns * samplesPerPixel * bitsAllocated) / 8)
}

function pixelAttributes({
  photometricInterpretation,
  planarConfiguration,
}: DecodedFrame): Map<Tag, Element | null> {
  const colour = !/^(MONOCHROME|PALETTE)/.test(photometricInterpretation)
  return new Map([
    ['00280004', newElement('00280004', 'CS', even(photometricInterpretation))],
    ['00280006', colour ? newElement('00280006', 'US', planarConfiguration) : null],
  ])
}

/**
 * What a data set says of a lossy compression: that, how, how much, and that its pixels are derived.
 *
 * @param ratio native bytes by compressed bytes
 * @see DICOM PS3.3 §C.7.6.1.1.2 Image Type, §C.7.6.1.1.5 Lossy Image Compression, §C.12.4.1.1 Derivation Description
 */
function lossyAttributes({ attributes }: ParsedInstance, ratio: number): Element[] {
  const ratios = [...textsOf(attributes, '00282112'), ratio.toFixed(2)]
  const methods = [...textsOf(attributes, '00282114'), 'ISO_10918_1']
  const [, ...imageType] = textsOf(attributes, '00080008')
  const elements = [
    newElement(
      '00080008',
      'CS',
      even(['DERIVED', ...(imageType.length > 0 ? imageType : ['PRIMARY'])].join('\\')),
    ),
    newElement('00282110', 'CS', '01'),
    newElement('00282112', 'DS', even(ratios.join('\\'))),
    newElement('00282114', 'CS', even(methods.join('\\'))),
  ]
  const description = derivationDescription(attributes.elements.get('00082111')?.value ?? null, ratio)
  elements.push(newElement('00082111', 'ST', description))
  const codes = attributes.elements.get('00089215')?.items ?? []
  elements.push(newElement('00089215', 'SQ', [...codes, lossyCompressionCode()]))
  return elements
}

/** Behind what is told already, whatever its character set: that, ASCII and the semicolon are the same in all of them. */
function derivationDescription(earlier: Uint8Array | null, ratio: number): Uint8Array {
  const text = `Lossy compression with JPEG baseline, ${ratio.toFixed(1)}:1`
  const before = earlier
    ? Buffer.from(earlier)
        .toString('latin1')
        .replace(/[\0 ]+$/, '')
    : ''
  const whole = before === '' ? text : `${before}; ${text}`
  return Buffer.from(even(whole.length <= 1024 ? whole : before), 'latin1')
}

/** (113040, DCM, "Lossy Compression"), PS3.16 CID 7203. */
function lossyCompressionCode(): DataSet {
  return newDataSet([
    newElement('00080100', 'SH', '113040'),
    newElement('00080102', 'SH', even('DCM')),
    newElement('00080104', 'LO', even('Lossy Compression')),
  ])
}

const even = (text: string) => (text.length % 2 === 0 ? text : `${text} `)
