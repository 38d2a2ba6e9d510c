import { studyAiReviews, studyInstances, type AiReview, type Transaction } from '@bitewing/db'
import type { ReviewedFinding, ReviewedResult } from '#lib/ai/ai-result.ts'
import { aiResultClasses, readAiResult } from '#lib/ai/read-ai-result.ts'
import { parseDataSet } from '#lib/viewer/data-set.ts'

/** What is read for one page: whoever may store could else fill the memory of all who look with reports of 8 MB each. */
const most = { newestMax: 50, metadataBytesMax: 1024 * 1024 }

/** What software found on a study's images, with what dentists said of it. Inside withTenant. */
export async function studyAi(tx: Transaction, studyInstanceUid: string): Promise<ReviewedResult[]> {
  const held = await studyInstances(tx, studyInstanceUid, { sopClassUids: aiResultClasses, ...most })
  const results = held.flatMap(
    ({ metadata, sopClassUid }) => readAiResult(parseDataSet(metadata), sopClassUid) ?? [],
  )
  if (results.length === 0) return []
  const latest = new Map<string, AiReview>()
  for (const each of await studyAiReviews(tx, studyInstanceUid))
    latest.set(`${each.result} ${each.finding}`, each)
  return results.map((result) => ({
    ...result,
    findings: result.findings.map((finding) => ({
      ...finding,
      review: reviewOf(latest.get(`${result.sopInstanceUid} ${finding.id}`)),
    })),
  }))
}

function reviewOf(review: AiReview | undefined): ReviewedFinding['review'] {
  if (!review || review.verdict === 'open') return null
  const { verdict, createdBy, createdAt, toothFindingId } = review
  return { verdict, by: createdBy, at: createdAt, isOnChart: toothFindingId !== null }
}
