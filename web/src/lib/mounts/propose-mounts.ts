import type { MountLayoutRow, MountTemplate } from '@bitewing/db'
import type { ImageKind } from '#lib/image.ts'
import { kindsOf, mountLayouts, type MountLayout } from './mount-templates.ts'
import { layoutOfRows } from './own-layout.ts'
import { placeImages, type Placeable } from './place-images.ts'

export type Proposal = {
  template: MountTemplate | 'own'
  /** of the practice's own; null for those that ship */
  own: MountLayoutRow | null
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

/**
 * The mounts that the images of each day suggest, the latest first: a shipped one of each kind, and each of the practice's
 * own of which the images fill half.
 */
export function proposeMounts(
  images: readonly (Placeable & { studyDate: string | null })[],
  ownLayouts: readonly MountLayoutRow[] = [],
): Proposal[] {
  const days = [...new Set(images.map(({ studyDate }) => studyDate))].sort((one, other) =>
    (other ?? '').localeCompare(one ?? ''),
  )
  return days.flatMap((day) => {
    const taken = images.filter(({ studyDate }) => studyDate === day)
    const within = (layout: MountLayout) => {
      const kinds = kindsOf(layout)
      const fitting = taken.filter(({ kind }) => kinds.has(kind))
      const found = placeImages(layout, fitting)
      const placed = [...found.values()].filter((each) => !('why' in each)).length
      return { day, placed, count: fitting.length }
    }
    const of = (template: MountTemplate): Proposal => ({
      template,
      own: null,
      ...within(mountLayouts[template]),
    })
    const kinds = taken.map(({ kind }) => kind)
    const photographs = of('photographs-8')
    return [
      ...(isMounted(kinds) ? [xRays(kinds, of)] : []),
      ...(photographs.count >= photographsMin ? [photographs] : []),
      ...ownLayouts.flatMap((own): Proposal[] => {
        const layout = layoutOfRows(own.rows)
        const proposal = within(layout)
        const isHalfFull = proposal.placed >= 2 && 2 * proposal.placed >= layout.cells.length
        return isHalfFull ? [{ template: 'own', own, ...proposal }] : []
      }),
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
