import type { ImageKind, StudyImage } from '#lib/image.ts'

/** Which of a patient's images are shown; null: all. */
export type ImageFilter = {
  kind: ImageKind | null
  /** FDI */
  tooth: string | null
  /** a year or a day of it: `2026`, `2026-11-03` */
  date: string | null
}

export const allImages: ImageFilter = { kind: null, tooth: null, date: null }

export function isFiltered({ kind, tooth, date }: ImageFilter): boolean {
  return kind !== null || tooth !== null || date !== null
}

/** Whether an image is among those that are wanted: an image of a tooth is one that names it. */
export function isWanted(
  { kind, tooth, date }: ImageFilter,
  image: Pick<StudyImage, 'kind' | 'teeth'>,
  studyDate: string | null,
): boolean {
  return (
    (kind === null || image.kind === kind) &&
    (tooth === null || image.teeth.includes(tooth)) &&
    (date === null || (studyDate ?? '').startsWith(date))
  )
}
