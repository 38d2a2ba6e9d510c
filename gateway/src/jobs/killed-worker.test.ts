import { join } from 'node:path'
import { startChild } from '@bitewing/start/processes/child'
import { projectRoot } from '@bitewing/start/project-root'
import { quickly } from '@bitewing/start/quickly'
import { afterAll, expect, test, vi } from 'vitest'
import { startTestIngest } from '../ingest/start-test-ingest.ts'
import { testImage } from '../testing/test-image.ts'

const ingest = await startTestIngest()
afterAll(() => ingest.stop())

const startWorker = () =>
  startChild({
    name: 'worker',
    command: process.execPath,
    args: [...quickly, join(projectRoot, 'gateway', 'src', 'worker.ts')],
    env: {
      ...ingest.variables,
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
    },
    cwd: projectRoot,
  })

const jobs = () =>
  ingest.asOwner(async (client) => {
    const { rows } = await client.query<{ name: string; state: string }>(
      'SELECT name, state::text FROM pgboss.job',
    )
    return (name: string, state: string) =>
      rows.filter((job) => job.name === name && job.state === state).length
  })

test('jobs of a worker that is killed at them are done by the next one, within a minute and a half', async () => {
  const clinic = await ingest.practice('killed')
  const images = Array.from({ length: 40 }, () => testImage())
  await ingest.send(
    clinic.aeTitle,
    images.map(({ file }) => file),
  )
  const rows = () => ingest.rows(clinic.id)
  await vi.waitFor(async () => expect(await rows()).toHaveLength(40), { timeout: 60_000, interval: 100 })
  const done = async () =>
    (await rows()).filter(
      ({ renditionState, originalState }) => renditionState === 'made' && originalState === 'secured',
    ).length

  const killed = await startWorker()
  await vi.waitFor(async () => expect(await done()).toBeGreaterThan(0), { timeout: 60_000, interval: 5 })
  await killed.kill()
  // in the middle: it had claimed jobs that it can no longer finish
  expect((await jobs())('make-renditions', 'active')).toBeGreaterThan(0)
  expect(await done()).toBeLessThan(40)

  const next = await startWorker()
  await vi.waitFor(async () => expect(await done()).toBe(40), { timeout: 90_000, interval: 250 })
  await vi.waitFor(async () => {
    const count = await jobs()
    for (const name of ['make-renditions', 'secure-original']) {
      expect(count(name, 'active') + count(name, 'retry') + count(name, 'failed')).toBe(0)
      expect(count(name, 'completed')).toBe(40)
    }
  }, 60_000)
  await next.stop()
}, 300_000)
