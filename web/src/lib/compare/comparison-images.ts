import type { StudyImage, StudySummary } from '#lib/image.ts'

/** A picture that can be compared, with the study it belongs to. */
export type ComparisonImage = StudyImage & { studyInstanceUid: string; studyDate: string | null }

/** All pictures of a patient's studies, the latest first; what has no picture is left out. */
export function comparisonImages(studies: readonly StudySummary[]): ComparisonImage[] {
  return studies.flatMap(({ studyInstanceUid, studyDate, images }) =>
    images
      .filter(({ rendition }) => rendition === 'made' || rendition === 'pending')
      .map((image) => ({ ...image, studyInstanceUid, studyDate })),
  )
}
