import type { StudySummary } from '@bitewing/db'

/**
 * Studies for a role that may know that images exist, with dates and types: nothing else of an image leaves the server,
 * not the few pixels that stand for it until it comes, and no address of it.
 */
export function withoutPictures(studies: readonly StudySummary[]): StudySummary[] {
  return studies.map((study) => ({
    ...study,
    images: study.images.map((image) => ({
      ...image,
      seriesInstanceUid: '',
      sopInstanceUid: '',
      seriesDescription: '',
      teeth: [],
      title: null,
      renditionReason: null,
      renditionKey: null,
      placeholder: null,
    })),
  }))
}
