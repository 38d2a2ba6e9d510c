import type { ComparedImage } from '@bitewing/db'
import { scaleByMillimetres } from './comparability.ts'
import type { ImageFacts } from './image-facts.ts'
import type { Landmark, Similarity } from './similarity.ts'

/** How one picture lies on the first of a comparison. Places are those of the picture as shown, mirrored or not. */
export type Placement = {
  mirrored: boolean
  placedBy: ComparedImage['placedBy']
  similarity: Similarity | null
  landmarks: Landmark[]
  /** pixels of the first; null when it cannot be told */
  error: number | null
}

export const unplaced: Placement = {
  mirrored: false,
  placedBy: 'none',
  similarity: null,
  landmarks: [],
  error: null,
}

/** Middle on middle, at one scale where the files tell it, else as large as fits. */
export function defaultSimilarity(first: ImageFacts, other: ImageFacts): Similarity {
  const fitting = Math.min(first.width / other.width, first.height / other.height)
  const scale = scaleByMillimetres(first, other) ?? fitting
  return {
    a: scale,
    b: 0,
    dx: (first.width - scale * other.width) / 2,
    dy: (first.height - scale * other.height) / 2,
  }
}

/** CSS transform from pixels of the picture to pixels of the first, about the left upper corner. */
export function cssTransform({ a, b, dx, dy }: Similarity, mirrored: boolean, width: number): string {
  const matrix = `matrix(${a}, ${b}, ${-b}, ${a}, ${dx}, ${dy})`
  return mirrored ? `${matrix} translateX(${width}px) scaleX(-1)` : matrix
}

/** As it is kept. */
export function toCompared(instanceId: string, frame: number, placement: Placement): ComparedImage {
  const { mirrored, placedBy, similarity, landmarks, error } = placement
  return {
    instanceId,
    frame,
    mirrored,
    placedBy,
    similarity: similarity && [similarity.a, similarity.b, similarity.dx, similarity.dy],
    landmarks: landmarks.map(({ here, there }) => ({ here: [here.x, here.y], there: [there.x, there.y] })),
    errorPixels: error,
  }
}

/** As it was kept. */
export function fromCompared({
  mirrored,
  placedBy,
  similarity,
  landmarks,
  errorPixels,
}: ComparedImage): Placement {
  const [a, b, dx, dy] = similarity ?? []
  return {
    mirrored,
    placedBy,
    similarity:
      a === undefined || b === undefined || dx === undefined || dy === undefined ? null : { a, b, dx, dy },
    landmarks: landmarks.map(({ here, there }) => ({
      here: { x: here[0], y: here[1] },
      there: { x: there[0], y: there[1] },
    })),
    error: errorPixels,
  }
}
