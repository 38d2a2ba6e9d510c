import { comparisonImages, type ComparisonImage } from '#lib/compare/comparison-images.ts'
import type { ImageKind, StudySummary } from '#lib/image.ts'
import { imageView, type ImageView } from './image-view.ts'

/** A picture that may lie in a mount, with the study it belongs to and from where it was taken. */
export type MountImage = ComparisonImage & ImageView

const kinds: ReadonlySet<ImageKind> = new Set<ImageKind>([
  'bitewing',
  'periapical',
  'intraoral-photograph',
  'face-photograph',
  'photograph',
])

/** The intraoral X-rays and photographs of a patient's studies, the latest first; those of no kind that we know as well. */
export function mountable(studies: readonly StudySummary[]): ComparisonImage[] {
  return comparisonImages(studies).filter(
    ({ kind, modality }) => kinds.has(kind) || (kind === 'other' && modality === 'IO'),
  )
}

/** @param metadata DICOM JSON objects by our id of the instance */
export function mountImages(
  images: readonly ComparisonImage[],
  metadata: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
): MountImage[] {
  return images.map((image) => ({ ...image, ...imageView(metadata.get(image.id) ?? {}) }))
}
