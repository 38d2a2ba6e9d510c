const explicitVrLittleEndian = '1.2.840.10008.1.2.1'
const uncompressed = new Set([
  '1.2.840.10008.1.2',
  explicitVrLittleEndian,
  '1.2.840.10008.1.2.2',
  '1.2.840.10008.1.2.1.99',
])

/** Media types of compressed bit streams, PS3.18 Tables 8.7.3-2 and 8.7.3-5. */
const mediaTypes: Record<string, string> = {
  '1.2.840.10008.1.2.4.50': 'image/jpeg',
  '1.2.840.10008.1.2.4.51': 'image/jpeg',
  '1.2.840.10008.1.2.4.57': 'image/jpeg',
  '1.2.840.10008.1.2.4.70': 'image/jpeg',
  '1.2.840.10008.1.2.4.80': 'image/jls',
  '1.2.840.10008.1.2.4.81': 'image/jls',
  '1.2.840.10008.1.2.4.90': 'image/jp2',
  '1.2.840.10008.1.2.4.91': 'image/jp2',
  '1.2.840.10008.1.2.4.92': 'image/jpx',
  '1.2.840.10008.1.2.4.93': 'image/jpx',
  '1.2.840.10008.1.2.4.201': 'image/jphc',
  '1.2.840.10008.1.2.4.202': 'image/jphc',
  '1.2.840.10008.1.2.4.203': 'image/jphc',
  '1.2.840.10008.1.2.5': 'image/dicom-rle',
}

export function isUncompressed(transferSyntaxUid: string): boolean {
  return uncompressed.has(transferSyntaxUid)
}

/** How stored pixel data leaves as it is: native data always as Explicit VR Little Endian (PS3.18 §8.7.3). */
export function storedForm(transferSyntaxUid: string): { transferSyntax: string; mediaType: string } {
  if (isUncompressed(transferSyntaxUid))
    return { transferSyntax: explicitVrLittleEndian, mediaType: 'application/octet-stream' }
  return {
    transferSyntax: transferSyntaxUid,
    mediaType: mediaTypes[transferSyntaxUid] ?? 'application/octet-stream',
  }
}

export { explicitVrLittleEndian }
