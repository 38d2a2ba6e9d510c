import type { JobName, JobPayloads } from '@bitewing/db'
import type { JobResult, PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import { z } from 'zod'
import { createBudget } from './budget.ts'

const Payload = z.object({ tenantId: z.uuid(), instanceId: z.uuid() }) satisfies z.ZodType<
  JobPayloads[JobName]
>

/** Claimed at once. Two batches are under way, so that a slow job at the end of one leaves nobody idle. */
const batchSize = 20
const batches = 2

/** Heartbeats are sent this often while a batch is under way; see `queueOptions` for how long one is good. */
const heartbeatSeconds = 5

/** How long a job that was put off waits at most once it is due; Postgres tells of others where the queue asks for it. */
const toldPollSeconds = 1

/**
 * Works off a queue, several jobs at once, for as long as this process runs. Each job is settled by itself; a failed
 * one is tried again as its queue says. Jobs of a process that was killed are taken up by another (or the next)
 * when its heartbeats end.
 *
 * @param parallel how many jobs run at once
 * @param pollSeconds how long a job waits at most until it is seen where nobody tells of it, 0.5 at least: each look
 *   costs Postgres a query
 * @param run      one job; `tries` counts the earlier ones. Throws to be tried again; bears being run twice at once
 * @returns stops it; jobs that have not begun go back to the queue
 */
export async function workOff(
  { jobs, log }: { jobs: PgBoss; log: Logger },
  name: JobName,
  parallel: number,
  run: (payload: JobPayloads[JobName], tries: number) => Promise<void>,
  pollSeconds = 0.5,
): Promise<() => Promise<void>> {
  const places = createBudget(parallel)
  let stopping = false

  await jobs.work(
    name,
    {
      batchSize,
      localConcurrency: batches,
      perJobResults: true,
      burstWhenBatchFull: true,
      pollingIntervalSeconds: pollSeconds,
      notifyPollingIntervalSeconds: Math.max(toldPollSeconds, pollSeconds),
      heartbeatRefreshSeconds: heartbeatSeconds,
    },
    (batch) =>
      Promise.all(
        batch.map(async ({ id, data, retryCount, signal }): Promise<JobResult> => {
          using _place = await places.take(1)
          // gone to another process meanwhile, or about to: whoever has it does it
          if (stopping || signal.aborted) return { id, status: 'failed', output: { error: 'not begun' } }
          try {
            await run(Payload.parse(data), retryCount)
            return { id, status: 'completed' }
          } catch (error) {
            log.warn({ job: name, jobId: id, tries: retryCount, err: error }, 'a job will be tried again')
            // kept in the queue's table: no message, which may name what it failed on
            return {
              id,
              status: 'failed',
              output: { error: error instanceof Error ? error.name : 'unknown' },
            }
          }
        }),
      ),
  )
  return async () => {
    stopping = true
    // not waited for: a large original may take minutes, and `PgBoss.stop` bounds the wait
    await jobs.offWork(name, { wait: false })
  }
}
