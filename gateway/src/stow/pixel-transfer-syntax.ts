import type { MediaType } from '../dicom/multipart/media-types.ts'
import { transferSyntaxes } from '../dicom/transfer-syntax.ts'

export const explicitVrLittleEndian = '1.2.840.10008.1.2.1'

/** What a media type without `transfer-syntax` means, PS3.18 Tables 8.7.3-4, 8.7.3-5 and 10.5.2-1. */
export const pixelMediaTypes: Readonly<Record<string, string>> = {
  'application/octet-stream': explicitVrLittleEndian,
  'image/jls': '1.2.840.10008.1.2.4.80',
  'image/jp2': '1.2.840.10008.1.2.4.90',
  'image/jpx': '1.2.840.10008.1.2.4.92',
  'image/jphc': '1.2.840.10008.1.2.4.201',
  'image/jxl': '1.2.840.10008.1.2.4.110',
  'image/dicom-rle': '1.2.840.10008.1.2.5',
  'video/mpeg': '1.2.840.10008.1.2.4.101',
  'video/mp4': '1.2.840.10008.1.2.4.102',
  'video/h265': '1.2.840.10008.1.2.4.107',
}

/** JPEG processes by their start-of-frame marker, ITU-T T.81 Table B.1. */
const jpegProcesses: Record<number, string> = {
  0xc0: '1.2.840.10008.1.2.4.50',
  0xc1: '1.2.840.10008.1.2.4.51',
  0xc3: '1.2.840.10008.1.2.4.70',
}

/** What the header of a JPEG says of its picture. */
export type JpegHeader = { process: number; bits: number; rows: number; columns: number; samples: number }

/**
 * The transfer syntax of an instance whose pixel data came as a bulk part of this media type.
 *
 * @param jpeg header of the first part, where it is a JPEG: it tells lossless from baseline
 * @returns null for a media type or transfer syntax that pixel data cannot be kept in
 */
export function pixelTransferSyntax(contentType: MediaType | null, jpeg: JpegHeader | null): string | null {
  const essence = contentType?.essence ?? 'application/octet-stream'
  const named = contentType?.parameters.get('transfer-syntax')
  if (named !== undefined) {
    const known = transferSyntaxes.get(named)
    if (!known?.explicitVr || known.bigEndian || known.deflated) return null
    return known.encapsulated === (essence !== 'application/octet-stream') || known.encapsulated
      ? named
      : null
  }
  if (essence === 'image/jpeg') return (jpeg && jpegProcesses[jpeg.process]) ?? null
  return pixelMediaTypes[essence] ?? null
}

/** Reads a JPEG's frame header from its first bytes; null when it is none, or progressive and the like stay unnamed. */
export function jpegHeader(head: Uint8Array): JpegHeader | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  if (head.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null
  for (let at = 2; at + 10 <= head.byteLength;) {
    if (head[at] !== 0xff) return null
    const marker = head[at + 1] ?? 0
    if (marker === 0xff) {
      at++
      continue
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) {
      return {
        process: marker,
        bits: head[at + 4] ?? 0,
        rows: view.getUint16(at + 5),
        columns: view.getUint16(at + 7),
        samples: head[at + 9] ?? 0,
      }
    }
    at += 2 + view.getUint16(at + 2)
  }
  return null
}
