import type { Mount } from '@bitewing/db'
import type { MountImage } from '#lib/mounts/mount-images.ts'
import { mountLayouts, type Awaited } from '#lib/mounts/mount-templates.ts'

export type ViewPair = { cell: number; awaits: Awaited; before: MountImage | null; after: MountImage | null }

/** Two sets of records view by view, in the order of the template; views that neither has are left out. */
export function viewPairs(before: Mount, after: Mount, images: ReadonlyMap<string, MountImage>): ViewPair[] {
  const at = (set: Mount, cell: number) =>
    images.get(set.images.find((each) => each.cell === cell)?.instanceId ?? '') ?? null
  return mountLayouts['orthodontic-records'].cells
    .map(({ number, awaits }) => ({
      cell: number,
      awaits,
      before: at(before, number),
      after: at(after, number),
    }))
    .filter((pair) => pair.before !== null || pair.after !== null)
}
