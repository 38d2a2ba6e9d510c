/** How the data set of a transfer syntax is encoded, PS3.5 Annex A. */
export type TransferSyntax = {
  name: string
  explicitVr: boolean
  bigEndian: boolean
  deflated: boolean
  /** Pixel Data is encapsulated in fragments. */
  encapsulated: boolean
  /** Pixel Data (only) is in the other byte order: GE's private syntax. */
  bigEndianPixels: boolean
}

export const implicitVrLittleEndian = '1.2.840.10008.1.2'
export const explicitVrLittleEndian = '1.2.840.10008.1.2.1'
const deflatedExplicitVrLittleEndian = '1.2.840.10008.1.2.1.99'
export const explicitVrBigEndian = '1.2.840.10008.1.2.2'

const explicit = {
  explicitVr: true,
  bigEndian: false,
  deflated: false,
  encapsulated: false,
  bigEndianPixels: false,
}
const encapsulated = { ...explicit, encapsulated: true }

/** The transfer syntaxes of PS3.6 Table A-1 by UID, and GE's private one. */
export const transferSyntaxes: ReadonlyMap<string, TransferSyntax> = new Map<string, TransferSyntax>([
  [implicitVrLittleEndian, { ...explicit, name: 'Implicit VR Little Endian', explicitVr: false }],
  [explicitVrLittleEndian, { ...explicit, name: 'Explicit VR Little Endian' }],
  [
    '1.2.840.10008.1.2.1.98',
    { ...encapsulated, name: 'Encapsulated Uncompressed Explicit VR Little Endian' },
  ],
  [
    deflatedExplicitVrLittleEndian,
    { ...explicit, name: 'Deflated Explicit VR Little Endian', deflated: true },
  ],
  [explicitVrBigEndian, { ...explicit, name: 'Explicit VR Big Endian', bigEndian: true }],
  [
    '1.2.840.113619.5.2',
    { ...explicit, name: 'Implicit VR Big Endian Pixels (GE)', explicitVr: false, bigEndianPixels: true },
  ],
  ['1.2.840.10008.1.2.4.50', { ...encapsulated, name: 'JPEG Baseline (Process 1)' }],
  ['1.2.840.10008.1.2.4.51', { ...encapsulated, name: 'JPEG Extended (Process 2 & 4)' }],
  ['1.2.840.10008.1.2.4.53', { ...encapsulated, name: 'JPEG Spectral Selection (Process 6 & 8)' }],
  ['1.2.840.10008.1.2.4.55', { ...encapsulated, name: 'JPEG Full Progression (Process 10 & 12)' }],
  ['1.2.840.10008.1.2.4.57', { ...encapsulated, name: 'JPEG Lossless (Process 14)' }],
  ['1.2.840.10008.1.2.4.70', { ...encapsulated, name: 'JPEG Lossless (Process 14, Selection Value 1)' }],
  ['1.2.840.10008.1.2.4.80', { ...encapsulated, name: 'JPEG-LS Lossless' }],
  ['1.2.840.10008.1.2.4.81', { ...encapsulated, name: 'JPEG-LS Near-Lossless' }],
  ['1.2.840.10008.1.2.4.90', { ...encapsulated, name: 'JPEG 2000 Lossless' }],
  ['1.2.840.10008.1.2.4.91', { ...encapsulated, name: 'JPEG 2000' }],
  ['1.2.840.10008.1.2.4.92', { ...encapsulated, name: 'JPEG 2000 Part 2 Multi-component Lossless' }],
  ['1.2.840.10008.1.2.4.93', { ...encapsulated, name: 'JPEG 2000 Part 2 Multi-component' }],
  ['1.2.840.10008.1.2.4.94', { ...explicit, name: 'JPIP Referenced' }],
  ['1.2.840.10008.1.2.4.95', { ...explicit, name: 'JPIP Referenced Deflate', deflated: true }],
  ['1.2.840.10008.1.2.4.100', { ...encapsulated, name: 'MPEG2 Main Profile / Main Level' }],
  ['1.2.840.10008.1.2.4.100.1', { ...encapsulated, name: 'Fragmentable MPEG2 Main Profile / Main Level' }],
  ['1.2.840.10008.1.2.4.101', { ...encapsulated, name: 'MPEG2 Main Profile / High Level' }],
  ['1.2.840.10008.1.2.4.101.1', { ...encapsulated, name: 'Fragmentable MPEG2 Main Profile / High Level' }],
  ['1.2.840.10008.1.2.4.102', { ...encapsulated, name: 'MPEG-4 AVC/H.264 High Profile / Level 4.1' }],
  [
    '1.2.840.10008.1.2.4.102.1',
    { ...encapsulated, name: 'Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1' },
  ],
  [
    '1.2.840.10008.1.2.4.103',
    { ...encapsulated, name: 'MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1' },
  ],
  [
    '1.2.840.10008.1.2.4.103.1',
    { ...encapsulated, name: 'Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1' },
  ],
  [
    '1.2.840.10008.1.2.4.104',
    { ...encapsulated, name: 'MPEG-4 AVC/H.264 High Profile / Level 4.2 for 2D Video' },
  ],
  [
    '1.2.840.10008.1.2.4.104.1',
    { ...encapsulated, name: 'Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 for 2D Video' },
  ],
  [
    '1.2.840.10008.1.2.4.105',
    { ...encapsulated, name: 'MPEG-4 AVC/H.264 High Profile / Level 4.2 for 3D Video' },
  ],
  [
    '1.2.840.10008.1.2.4.105.1',
    { ...encapsulated, name: 'Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 for 3D Video' },
  ],
  ['1.2.840.10008.1.2.4.106', { ...encapsulated, name: 'MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2' }],
  [
    '1.2.840.10008.1.2.4.106.1',
    { ...encapsulated, name: 'Fragmentable MPEG-4 AVC/H.264 Stereo High / Level 4.2' },
  ],
  ['1.2.840.10008.1.2.4.107', { ...encapsulated, name: 'HEVC/H.265 Main Profile / Level 5.1' }],
  ['1.2.840.10008.1.2.4.108', { ...encapsulated, name: 'HEVC/H.265 Main 10 Profile / Level 5.1' }],
  ['1.2.840.10008.1.2.4.110', { ...encapsulated, name: 'JPEG XL Lossless' }],
  ['1.2.840.10008.1.2.4.111', { ...encapsulated, name: 'JPEG XL JPEG Recompression' }],
  ['1.2.840.10008.1.2.4.112', { ...encapsulated, name: 'JPEG XL' }],
  ['1.2.840.10008.1.2.4.201', { ...encapsulated, name: 'High-Throughput JPEG 2000 Lossless' }],
  ['1.2.840.10008.1.2.4.202', { ...encapsulated, name: 'High-Throughput JPEG 2000 with RPCL Lossless' }],
  ['1.2.840.10008.1.2.4.203', { ...encapsulated, name: 'High-Throughput JPEG 2000' }],
  ['1.2.840.10008.1.2.4.204', { ...explicit, name: 'JPIP HTJ2K Referenced' }],
  ['1.2.840.10008.1.2.4.205', { ...explicit, name: 'JPIP HTJ2K Referenced Deflate', deflated: true }],
  ['1.2.840.10008.1.2.5', { ...encapsulated, name: 'RLE Lossless' }],
  ['1.2.840.10008.1.2.8.1', { ...encapsulated, name: 'Deflated Image Frame Compression' }],
])

/** Encoding of a transfer syntax; one that is not listed is Explicit VR Little Endian, encapsulated (PS3.5 Annex A.4). */
export function encodingOf(transferSyntaxUid: string): TransferSyntax {
  return transferSyntaxes.get(transferSyntaxUid) ?? { ...encapsulated, name: transferSyntaxUid }
}
