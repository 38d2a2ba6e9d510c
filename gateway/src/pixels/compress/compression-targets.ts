/** A compressed form that a frame can be brought into. */
export type CompressionTarget = {
  name: 'jpeg-baseline' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k' | 'rle'
  /** of the bit stream alone, PS3.18 Table 8.7.3-5 */
  mediaType: string
  /** what that media type means where no transfer syntax is named, PS3.18 Table 8.7.3-5 */
  isDefault: boolean
  lossy: boolean
}

/** The transfer syntaxes that frames can be compressed to, by UID. */
export const compressionTargets: ReadonlyMap<string, CompressionTarget> = new Map<string, CompressionTarget>([
  [
    '1.2.840.10008.1.2.4.50',
    { name: 'jpeg-baseline', mediaType: 'image/jpeg', isDefault: false, lossy: true },
  ],
  [
    '1.2.840.10008.1.2.4.70',
    { name: 'jpeg-lossless', mediaType: 'image/jpeg', isDefault: true, lossy: false },
  ],
  ['1.2.840.10008.1.2.4.80', { name: 'jpeg-ls', mediaType: 'image/jls', isDefault: true, lossy: false }],
  ['1.2.840.10008.1.2.4.90', { name: 'jpeg-2000', mediaType: 'image/jp2', isDefault: true, lossy: false }],
  ['1.2.840.10008.1.2.4.201', { name: 'htj2k', mediaType: 'image/jphc', isDefault: true, lossy: false }],
  ['1.2.840.10008.1.2.4.202', { name: 'htj2k', mediaType: 'image/jphc', isDefault: false, lossy: false }],
  ['1.2.840.10008.1.2.5', { name: 'rle', mediaType: 'image/dicom-rle', isDefault: true, lossy: false }],
])

/** What a media type of compressed frames means without a transfer syntax; null for one that nothing here makes. */
export function defaultTargetOf(mediaType: string): string | null {
  for (const [uid, target] of compressionTargets) {
    if (target.isDefault && target.mediaType === mediaType) return uid
  }
  return null
}
