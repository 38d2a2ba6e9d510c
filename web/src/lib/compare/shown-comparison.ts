import type { ComparedImage, ComparisonMode } from '@bitewing/db'
import type { PlanComparison } from '@bitewing/db/plan-rules'
import type { ImageKind, StudyImage } from '#lib/image.ts'
import type { Rendered } from '#lib/rendition-url.ts'
import { commonWindow, doubtsOf, type Doubt } from './comparability.ts'
import type { ImageFacts } from './image-facts.ts'
import { defaultSimilarity, fromCompared, type Placement } from './placement.ts'
import { identity, type Similarity } from './similarity.ts'

/** A comparison that was kept, as whoever may see it sees it: no more of the images than that. */
export type ShownComparison = {
  id: string
  title: string
  mode: ComparisonMode
  /** the first is what the others lie on; two or more */
  layers: [ShownLayer, ShownLayer, ...ShownLayer[]]
}

export type ShownLayer = {
  id: string
  picture: Rendered
  /** the common window, where it is not the image's own */
  window: ImageFacts['window']
  kind: ImageKind
  teeth: string[]
  studyDate: string | null
  /** pixels made square */
  width: number
  height: number
  mirrored: boolean
  similarity: Similarity
  placedBy: Placement['placedBy']
  /** how far what belongs together lies apart: in millimetres, or as a share of the first one's width; null when it cannot be told */
  error: { mm: number } | { share: number } | null
  /** why what it shows may differ from the first although the mouth does not */
  doubts: Doubt[]
}

/** What a comparison is made of, wherever it was kept. */
export type KeptComparison = Pick<ShownComparison, 'id' | 'title' | 'mode'> & {
  images: Omit<ComparedImage, 'landmarks'>[]
}

/** A plan's copy holds whole numbers alone, since it is signed. */
export function fromPlan({ images, ...comparison }: PlanComparison): KeptComparison {
  return {
    ...comparison,
    images: images.map(({ similarityMillionths, errorMillionths, ...image }) => ({
      ...image,
      similarity: similarityMillionths && [
        similarityMillionths[0] / 1e6,
        similarityMillionths[1] / 1e6,
        similarityMillionths[2] / 1e6,
        similarityMillionths[3] / 1e6,
      ],
      errorPixels: errorMillionths === null ? null : errorMillionths / 1e6,
    })),
  }
}

/**
 * The same picture that staff compared: laid by the same transform, under the same window, with the same warnings.
 *
 * @param imageOf by our id
 * @param factsOf by our id, from the image's metadata
 * @returns null when an image of it is gone, since a comparison with less than it had is another one
 */
export function shownComparison(
  { images, ...comparison }: KeptComparison,
  imageOf: (id: string) => (StudyImage & { studyInstanceUid: string; studyDate: string | null }) | undefined,
  factsOf: (id: string) => ImageFacts | undefined,
): ShownComparison | null {
  const found = images.map((compared) => {
    const [image, facts] = [imageOf(compared.instanceId), factsOf(compared.instanceId)]
    return image && facts ? { compared, image, facts } : null
  })
  const [first] = found
  if (!first) return null
  const layers = found.map((each, index): ShownLayer | null => {
    if (!each) return null
    const { compared, image, facts } = each
    const window = windowOf(first.facts, found[1]?.facts, facts, index)
    const { mirrored, placedBy, similarity, error } = fromCompared({ ...compared, landmarks: [] })
    const doubts =
      index === 0
        ? []
        : doubtsOf({ ...first.image, facts: first.facts }, { ...image, facts }).filter(
            (doubt) => doubt !== 'size-unknown' || similarity === null,
          )
    const { seriesInstanceUid, sopInstanceUid, renditionKey, studyInstanceUid, kind, teeth, studyDate } =
      image
    return {
      id: image.id,
      picture: { studyInstanceUid, seriesInstanceUid, sopInstanceUid, renditionKey, frame: compared.frame },
      window,
      kind,
      teeth,
      studyDate,
      width: facts.width,
      height: facts.height,
      mirrored,
      similarity: index === 0 ? identity : (similarity ?? defaultSimilarity(first.facts, facts)),
      placedBy,
      error:
        error === null
          ? null
          : first.facts.pixelMm === null
            ? { share: error / first.facts.width }
            : { mm: error * first.facts.pixelMm },
      doubts,
    }
  })
  const [under, over, ...rest] = layers.filter((layer) => layer !== null)
  if (!under || !over || rest.length + 2 < images.length) return null
  return { ...comparison, layers: [under, over, ...rest] }
}

/** The one window of all that can have it; null where the picture's own is that already, or it can have none in common. */
function windowOf(
  first: ImageFacts,
  second: ImageFacts | undefined,
  facts: ImageFacts,
  index: number,
): ImageFacts['window'] {
  const common = second ? commonWindow(first, second) : null
  if (common === null || (index > 0 && !commonWindow(first, facts))) return null
  const own = facts.window
  const same =
    own !== null &&
    own.center === common.center &&
    own.width === common.width &&
    own.function === common.function
  return same ? null : common
}
