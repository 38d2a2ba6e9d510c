import { instanceMetadata, planImages, type Transaction } from '@bitewing/db'
import { imageFacts } from '#lib/compare/image-facts.ts'
import { shownComparison, type KeptComparison, type ShownComparison } from '#lib/compare/shown-comparison.ts'

/**
 * Comparisons as a page shows them; those of which an image is gone are left out. Whoever asks has seen to it that the
 * images may be shown. Inside withTenant.
 */
export async function shownComparisons(
  tx: Transaction,
  kept: readonly KeptComparison[],
): Promise<ShownComparison[]> {
  const ids = [...new Set(kept.flatMap(({ images }) => images.map(({ instanceId }) => instanceId)))]
  if (ids.length === 0) return []
  const images = new Map((await planImages(tx, ids)).map((image) => [image.id, image]))
  const facts = new Map(
    [...(await instanceMetadata(tx, ids))].map(([id, metadata]) => [id, imageFacts(metadata)]),
  )
  return kept.flatMap(
    (each) =>
      shownComparison(
        each,
        (id) => images.get(id),
        (id) => facts.get(id),
      ) ?? [],
  )
}
