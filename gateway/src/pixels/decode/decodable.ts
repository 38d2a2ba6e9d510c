export const nativeSyntaxes: ReadonlySet<string> = new Set([
  '1.2.840.10008.1.2', // Implicit VR Little Endian
  '1.2.840.10008.1.2.1', // Explicit VR Little Endian
  '1.2.840.10008.1.2.1.98', // Encapsulated Uncompressed Explicit VR Little Endian
  '1.2.840.10008.1.2.1.99', // Deflated Explicit VR Little Endian
  '1.2.840.10008.1.2.2', // Explicit VR Big Endian; see FrameBytes
])
export const rleSyntax = '1.2.840.10008.1.2.5'
export const deflatedFrameSyntax = '1.2.840.10008.1.2.8.1'
/** JPEG, JPEG-LS, JPEG 2000 and HTJ2K: `decodeCompressed` looks at the stream itself to see which. */
export const jpegFamilies = /^1\.2\.840\.10008\.1\.2\.4\.(5[0-9]|6[0-6]|70|80|81|90|91|201|202|203)$/

/** MPEG-2, MPEG-4 AVC/H.264 and HEVC/H.265, whole or, with `.1`, fragmentable: all frames are one stream. */
export const videoSyntaxes = /^1\.2\.840\.10008\.1\.2\.4\.10[0-8](\.1)?$/

/** Whether there is a decoder for all frames of a transfer syntax; not whether it takes every frame of it. */
export function isDecodable(transferSyntaxUid: string): boolean {
  return (
    nativeSyntaxes.has(transferSyntaxUid) ||
    jpegFamilies.test(transferSyntaxUid) ||
    transferSyntaxUid === rleSyntax ||
    transferSyntaxUid === deflatedFrameSyntax
  )
}
