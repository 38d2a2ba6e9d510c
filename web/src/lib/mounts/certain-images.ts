import type { MountedImage } from '@bitewing/db'
import type { MountImage } from './mount-images.ts'
import { kindsOf, type MountLayout } from './mount-templates.ts'
import { placeImages } from './place-images.ts'

/** The images of a day in the cells that are certainly theirs. @param day ISO; null: images without a date */
export function certainImages(
  layout: MountLayout,
  day: string | null,
  images: readonly MountImage[],
): MountedImage[] {
  const kinds = kindsOf(layout)
  const own = images.filter(({ studyDate, kind }) => studyDate === day && kinds.has(kind))
  const found = placeImages(layout, own)
  return own.flatMap(({ id, frame }): MountedImage[] => {
    const place = found.get(id)
    if (!place || 'why' in place) return []
    return [{ cell: place.cell, instanceId: id, frame, mirrored: false, turned: 0 }]
  })
}
