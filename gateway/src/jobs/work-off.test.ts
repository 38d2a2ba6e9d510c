import { randomUUID } from 'node:crypto'
import { closeDatabase, connectDatabase, connectJobs, enqueue, withTenant } from '@bitewing/db'
import { startPostgres } from '@bitewing/testbed'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { workOff } from './work-off.ts'

test('a job begins when it is committed, not at the next look at its queue', async () => {
  const postgres = await startPostgres()
  const database = await postgres.createDatabase()
  const db = connectDatabase(database.appUrl, 2)
  const jobs = await connectJobs({ url: database.appUrl, supervise: true, onError: () => undefined })
  onTestFinished(async () => {
    await jobs.stop({ graceful: false })
    await closeDatabase(db)
    await database.drop()
    await postgres.stop()
  })

  const begun = new Map<string, PromiseWithResolvers<void>>()
  // a look every ten minutes: what begins before was told of
  const work = async ({ instanceId }: { instanceId: string }) => begun.get(instanceId)?.resolve()
  const stop = await workOff({ jobs, log: pino({ level: 'silent' }) }, 'make-renditions', 2, work, 600)
  onTestFinished(stop)

  const tenantId = randomUUID()
  for (let time = 0; time < 3; time++) {
    const instanceId = randomUUID()
    const done = Promise.withResolvers<void>()
    begun.set(instanceId, done)
    await withTenant(db, tenantId, (tx) => enqueue(jobs, tx, 'make-renditions', { tenantId, instanceId }))
    await done.promise
  }
  expect(begun.size).toBe(3)
}, 60_000)
