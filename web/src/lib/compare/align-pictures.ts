import type { FromFindSimilarity, ToFindSimilarity } from './find-similarity-worker.ts'
import { greyPicture } from './grey-picture.ts'
import type { FoundSimilarity } from './find-similarity.ts'

type Picture = { url: string; width: number; height: number; mirrored: boolean }

/**
 * Finds how one picture lies on another by what they show; most of a second, off the page's thread.
 *
 * @returns in square source pixels; null when it is not certain
 */
export async function alignPictures(first: Picture, other: Picture): Promise<FoundSimilarity | null> {
  const [fixed, moving] = await Promise.all([
    greyPicture(first.url, first, first.mirrored),
    greyPicture(other.url, other, other.mirrored),
  ])
  const worker = new Worker(new URL('./find-similarity-worker.ts', import.meta.url), { type: 'module' })
  try {
    const found = await new Promise<FromFindSimilarity>((resolve, reject) => {
      worker.addEventListener('message', ({ data }: MessageEvent<FromFindSimilarity>) => resolve(data))
      worker.addEventListener('error', () => reject(new Error('the search failed')))
      const message: ToFindSimilarity = { fixed: fixed.grey, moving: moving.grey }
      worker.postMessage(message)
    })
    if (!found) return null
    const { a, b, dx, dy } = found.similarity
    const scale = fixed.pixels / moving.pixels
    return {
      similarity: { a: a * scale, b: b * scale, dx: dx * fixed.pixels, dy: dy * fixed.pixels },
      error: found.error * fixed.pixels,
    }
  } finally {
    worker.terminate()
  }
}
