import type { ComparisonImage } from '#lib/compare/comparison-images.ts'
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
  'panoramic',
  'cephalogram',
  'model',
])

/**
 * The intraoral X-rays and photographs of a patient's studies, and what else orthodontic records are made of, the latest
 * first; intraoral images of no kind that we know as well.
 */
export function mountable(studies: readonly StudySummary[]): ComparisonImage[] {
  return studies.flatMap(({ studyInstanceUid, studyDate, images }) =>
    images
      .filter(
        ({ kind, modality, rendition }) =>
          // a model is no picture, but has its place
          (kind === 'model' || rendition === 'made' || rendition === 'pending') &&
          (kinds.has(kind) || (kind === 'other' && modality === 'IO')),
      )
      .map((image) => ({ ...image, studyInstanceUid, studyDate })),
  )
}

/**
 * @param metadata DICOM JSON objects by our id of the instance
 * @param assigned keywords of the views that staff have given to photographs, by the same
 */
export function mountImages(
  images: readonly ComparisonImage[],
  metadata: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
  assigned: ReadonlyMap<string, string>,
): MountImage[] {
  return images.map((image) => ({
    ...image,
    ...imageView(metadata.get(image.id) ?? {}, assigned.get(image.id) ?? null),
  }))
}
