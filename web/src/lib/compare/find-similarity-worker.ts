import { findSimilarity, type FoundSimilarity, type Grey } from './find-similarity.ts'

export type ToFindSimilarity = { fixed: Grey; moving: Grey }
export type FromFindSimilarity = FoundSimilarity | null

self.addEventListener('message', ({ data }: MessageEvent<ToFindSimilarity>) => {
  const found: FromFindSimilarity = findSimilarity(data.fixed, data.moving)
  self.postMessage(found)
})
