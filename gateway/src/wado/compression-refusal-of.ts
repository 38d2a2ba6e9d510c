import { compressionRefusal } from '../pixels/compress/compression-refusal.ts'
import { imageDescription, type DicomAttributes } from '../pixels/image-description.ts'
import { PixelError } from '../pixels/pixel-error.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'

/** Why an instance cannot be brought into a compressed transfer syntax, by its metadata; null where it can. */
export function compressionRefusalOf(
  { metadata, transferSyntaxUid }: Pick<HeldInstance, 'metadata' | 'transferSyntaxUid'>,
  wanted: string,
): string | null {
  try {
    const image = imageDescription(JSON.parse(metadata) as DicomAttributes) // our own JSON
    return compressionRefusal(image, transferSyntaxUid, wanted)
  } catch (error) {
    if (error instanceof PixelError) return error.message
    throw error
  }
}
