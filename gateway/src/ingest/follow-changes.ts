import { moveCheckpoint, readCheckpoint } from './checkpoint.ts'
import type { IngestDependencies } from './start-ingest.ts'
import { takeArrival } from './take-arrival.ts'

const changesPerRead = 100
/** Arrivals taken over at the same time; those that wait for a transaction under way share the next. */
const concurrency = 8

/**
 * Takes over the instances on the next page of the changes feed, and then moves the checkpoint behind it.
 * Interrupted anywhere, the page is read again: taking an arrival twice changes nothing.
 *
 * @returns `more` when there are further pages
 */
export async function followChanges(dependencies: IngestDependencies): Promise<'more' | 'done'> {
  const { archive } = dependencies
  const since = await readCheckpoint(dependencies)
  const { changes, last, done } = await archive.changes(since, changesPerRead)
  if (changes.length === 0 && last <= since) return 'done'

  const arrivals = changes.filter(({ kind }) => kind === 'NewInstance')
  const waiting = arrivals.map(({ orthancId }) => orthancId)
  const takers = Array.from({ length: concurrency }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await takeArrival(dependencies, next)
    }
  })
  // All of them end before one's failure is told: a round that goes on unseen would meet the next one.
  const outcomes = await Promise.allSettled(takers)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason as Error

  await moveCheckpoint(dependencies, last, arrivals.at(-1) ?? null)
  return done ? 'done' : 'more'
}
