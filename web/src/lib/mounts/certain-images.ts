import type { MountedImage, MountTemplate } from '@bitewing/db'
import type { MountImage } from './mount-images.ts'
import { mountedKinds } from './mount-templates.ts'
import { placeImages } from './place-images.ts'

/** The images of a day in the cells that are certainly theirs. @param day ISO; null: images without a date */
export function certainImages(
  template: MountTemplate,
  day: string | null,
  images: readonly MountImage[],
): MountedImage[] {
  const own = images.filter(({ studyDate, kind }) => studyDate === day && mountedKinds[template].has(kind))
  const found = placeImages(template, own)
  return own.flatMap(({ id, frame }): MountedImage[] => {
    const place = found.get(id)
    if (!place || 'why' in place) return []
    return [{ cell: place.cell, instanceId: id, frame, mirrored: false, turned: 0 }]
  })
}
