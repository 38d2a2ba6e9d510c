import { askTogether, databaseState, type Database } from '@bitewing/db'
import { createRecent } from '../recent.ts'

/** A search's results as they leave, and how many there are behind them. */
type SearchAnswer = { json: Buffer<ArrayBuffer>; remaining: number }

/** Of one process. They hold names: none stays longer than this. */
const recent = { bytesMax: 16 * 1024 * 1024, entryBytesMax: 512 * 1024, ageMsMax: 30_000 }

/**
 * Answers of searches, kept in memory and given again as long as nothing at all has been committed to the database
 * since: that is asked each time, after the search was authorised and is on record, and costs a fraction of the search.
 * Lists are asked for again and again, and by many, while few write.
 *
 * @returns a function that gives the answer to `name`, which says all that it depends on beside the practice. `make`
 *   tells the `databaseState` that its answer is of, null where it is of none and must not be kept
 */
export function createKeptAnswers({ db }: { db: Database }) {
  const kept = createRecent<SearchAnswer & { state: string }>({
    ...recent,
    bytesOf: ({ json }) => json.byteLength,
  })

  return async function keptAnswer(
    tenantId: string,
    name: string,
    make: () => Promise<SearchAnswer & { state: string | null }>,
  ): Promise<SearchAnswer> {
    const key = `${tenantId} ${name}`
    const found = kept.get(key)
    if (found) {
      const [now] = await askTogether(db, tenantId, databaseState)
      if (now?.['state'] === found.state) return found
      kept.delete(key)
    }
    const { state, ...answer } = await make()
    if (state !== null) kept.put(key, { ...answer, state })
    return answer
  }
}
