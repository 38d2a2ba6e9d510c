import type { MountTemplate } from '@bitewing/db'
import type { ImageKind } from '#lib/image.ts'
import { mountedKinds } from './mount-templates.ts'
import { placeImages, type Placeable } from './place-images.ts'

export type Proposal = {
  template: MountTemplate
  /** whose images; null for those without a date */
  day: string | null
  /** how many of the day's images that such a mount is made of find their cell by themselves */
  placed: number
  count: number
}

const [periapicalsMin, photographsMin] = [4, 3] as const

/** Whether a study holds what is looked at in a mount: bitewings, or a full-mouth series. */
export function isMounted(kinds: readonly ImageKind[]): boolean {
  const count = (kind: ImageKind) => kinds.filter((each) => each === kind).length
  return count('bitewing') >= 2 || count('periapical') >= periapicalsMin
}

/** The mounts that the images of each day suggest, the latest first. */
export function proposeMounts(images: readonly (Placeable & { studyDate: string | null })[]): Proposal[] {
  const days = [...new Set(images.map(({ studyDate }) => studyDate))].sort((one, other) =>
    (other ?? '').localeCompare(one ?? ''),
  )
  return days.flatMap((day) => {
    const taken = images.filter(({ studyDate }) => studyDate === day)
    const of = (template: MountTemplate): Proposal => {
      const fitting = taken.filter(({ kind }) => mountedKinds[template].has(kind))
      const found = placeImages(template, fitting)
      const placed = [...found.values()].filter((each) => !('why' in each)).length
      return { template, day, placed, count: fitting.length }
    }
    const kinds = taken.map(({ kind }) => kind)
    const photographs = of('photographs-8')
    return [
      ...(isMounted(kinds) ? [xRays(kinds, of)] : []),
      ...(photographs.count >= photographsMin ? [photographs] : []),
    ]
  })
}

function xRays(kinds: readonly ImageKind[], of: (template: MountTemplate) => Proposal): Proposal {
  if (kinds.filter((kind) => kind === 'periapical').length >= periapicalsMin) return of('full-mouth-18')
  const [four, two] = [of('bitewings-4'), of('bitewings-2')]
  // one image of a whole side has a place in a mount of two alone, two of a side in one of four
  if (four.placed !== two.placed) return four.placed > two.placed ? four : two
  return four.count > 2 ? four : two
}
